import { InvalidArgumentError, Option, type Command } from "commander";
import type { TableDemand, TrainingBits } from "@dqrm/dlrm";
import { setConfigValues } from "@dqrm/dlrm";
import { SHAPES, type ShapeName } from "../bench/shapes.ts";
import { plan, type PlanCommandOptions } from "../commands/plan.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { byteCount } from "../plan/byte-count.ts";
import { PAPER_SIZES } from "../plan/paper-sizes.ts";
import type { PlannedModel } from "../plan/planned-model.ts";
import { readTables } from "../plan/read-tables.ts";
import { resolveConfig } from "../pipeline/resolve-config.ts";
import { UsageError } from "../terminal/report-error.ts";
import { trainingBits, wholeNumber } from "./options.ts";

interface PlanFlags {
  readonly shape?: ShapeName;
  readonly rows?: readonly number[];
  readonly tables?: string;
  readonly dim?: number;
  readonly dense?: number;
  readonly preset: string;
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

/** Dense features of Criteo's logs, which a model has that is not told its own. */
const CRITEO_DENSE = 13;

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
        .default("none"),
    )
    .option(
      "--block <n>",
      "cells read together from the array; half a row, at most 32, without it",
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
  const model = shape === undefined ? await ownModel(flags) : shapeModel(flags, shape);
  const blockCols = flags.block ?? defaultBlock(model.config.model.embeddingDim);
  const paper = shape === undefined ? {} : PAPER_SIZES[shape];
  return { model, paper, budgetBytes: budget, widths, sharing, blockCols, alpha, out, json: json === true };
}

function shapeModel({ dense, dim, rows, tables }: PlanFlags, shape: ShapeName): PlannedModel {
  if (dense !== undefined || dim !== undefined || rows !== undefined || tables !== undefined) {
    throw new UsageError(
      "--shape has tables of its own, expected no --rows, --tables, --dim or --dense beside it",
    );
  }
  const { config, denseFeatures, rows: counts } = SHAPES[shape];
  return { title: shape, config, preset: shape, denseFeatures, tables: numbered(counts) };
}

async function ownModel({
  dense = CRITEO_DENSE,
  dim,
  preset,
  rows,
  tables: path,
}: PlanFlags): Promise<PlannedModel> {
  if ((rows === undefined) === (path === undefined)) {
    throw new UsageError("expected one of --shape, --rows and --tables");
  }
  const base = await resolveConfig(preset, []);
  const { bottom, embeddingDim } = base.model;
  const cols = dim ?? embeddingDim;
  const config = setConfigValues(base, [
    ["model.embeddingDim", String(cols)],
    ["model.bottom", JSON.stringify([...bottom.slice(0, -1), cols])],
  ]);
  const tables = path === undefined ? numbered(rows ?? []) : await readTables(path);
  return { title: path ?? "tables", config, preset, denseFeatures: dense, tables };
}

/** Names tables C1, C2, …, as the columns of Criteo's files are called. */
function numbered(rows: readonly number[]): readonly TableDemand[] {
  return rows.map((count, t) => ({ name: `C${t + 1}`, rows: count, lookups: 1 }));
}

/** Half a row, so that no two rows are alike because their first block is, but no more than a cache line of INT4 holds twice. */
function defaultBlock(cols: number): number {
  const half = cols % 2 === 0 ? cols / 2 : cols;
  return half % 32 === 0 ? 32 : half;
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
