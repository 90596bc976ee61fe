import { InvalidArgumentError, Option, type Command } from "commander";
import type { TrainingBits } from "@dqrm/dlrm";
import { SHAPES } from "../bench/shapes.ts";
import { plan, type PlanCommandOptions } from "../commands/plan.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { byteCount } from "../plan/byte-count.ts";
import { chooseModel, type ModelChoice } from "../plan/choose-model.ts";
import { PAPER_SIZES } from "../plan/paper-sizes.ts";
import { UsageError } from "../terminal/report-error.ts";
import { trainingBits, wholeNumber } from "./options.ts";

interface PlanFlags extends ModelChoice {
  readonly budget?: number;
  readonly widths: readonly TrainingBits[];
  readonly sharing: "robe" | "none";
  readonly block?: number;
  readonly alpha: number;
  readonly out?: string;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  dqrm plan --shape kaggle
  dqrm plan --shape mlperf --budget 10MB --out plan.json
  dqrm plan --rows 1000,50000,2000000 --dim 16 --budget 4MB --sharing none --widths 2,4,8
`;

/** Widths that a plan may choose from: 1 bit loses more than no table at all, and 7 bits are seldom worth their own row. */
const WIDTHS: readonly TrainingBits[] = [2, 3, 4, 5, 6, 8, 16, 32];

/** Adds `dqrm plan`. */
export function addPlan(program: Command, surroundings: Surroundings): void {
  program
    .command("plan")
    .description(
      "tell what embedding tables take in each way of keeping them, and divide a budget among them",
    )
    .addOption(
      new Option("--shape <name>", "tables and model of a paper, or the demo").choices(Object.keys(SHAPES)),
    )
    .option("--rows <list>", "row counts of your own tables, joined by commas", rowList)
    .option(
      "--tables <file>",
      "JSON file of your own tables: row counts, or objects with name, rows, lookups",
    )
    .option("--dim <n>", "columns of your own tables; those of the preset without it", wholeNumber(1))
    .option("--dense <n>", "dense features of your own model; 13 without it", wholeNumber(1))
    .option("--preset <name>", "model of your own tables: a preset or a configuration file", "recommended")
    .option("--budget <bytes>", "most that all tables may take: 10MB, 1.5GB, 100MiB", byteCount)
    .option("--widths <list>", "bits that a table may have", widthList, WIDTHS)
    .addOption(
      new Option("--sharing <method>", "whether the longest tables may share one array")
        .choices(["robe", "none"])
        .default("robe"),
    )
    .option(
      "--block <n>",
      "cells read together from the array; a quarter of a row without it",
      wholeNumber(1),
    )
    .option("--alpha <exponent>", "power law of lookups over the rows of a table", exponent, 1.1)
    .option("--out <file>", "configuration file to write the plan to, for --preset of train")
    .option("--json", "print one JSON object as the last line")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: PlanFlags) => plan(await planOptions(flags), surroundings));
}

async function planOptions(flags: PlanFlags): Promise<PlanCommandOptions> {
  const { alpha, budget, json, out, sharing, shape, widths } = flags;
  if (out !== undefined && budget === undefined) throw new UsageError("--out needs --budget");
  const model = await chooseModel(flags);
  const blockCols = flags.block ?? defaultBlock(model.config.model.embeddingDim);
  const paper = shape === undefined ? {} : PAPER_SIZES[shape];
  return { model, paper, budgetBytes: budget, widths, sharing, blockCols, alpha, out, json: json === true };
}

/** A quarter of a row, as the presets have it: rows that meet in one block then seldom meet in all. */
function defaultBlock(cols: number): number {
  return cols % 4 === 0 ? cols / 4 : 1;
}

function rowList(text: string): readonly number[] {
  return text.split(",").map((part) => wholeNumber(1)(part.trim()));
}

function widthList(text: string): readonly TrainingBits[] {
  return text.split(",").map((part) => trainingBits(part.trim()));
}

function exponent(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 10) return value;
  throw new InvalidArgumentError("expected a number in [0, 10]");
}
