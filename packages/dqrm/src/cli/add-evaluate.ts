import type { ProductPrecision } from "@dqrm/core";
import type { Command } from "commander";
import { evaluate } from "../commands/evaluate.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { productsOption, wholeNumber } from "./options.ts";

interface EvaluateFlags {
  readonly model: string;
  readonly data: string;
  readonly kernels: string;
  readonly threads?: number;
  readonly products: ProductPrecision;
  readonly skipBadLines?: true;
  readonly json?: true;
}

/** Adds `dqrm evaluate`. */
export function addEvaluate(program: Command, surroundings: Surroundings): void {
  program
    .command("evaluate")
    .description("measure a saved model on every row of a click log")
    .requiredOption("--model <dir>", "model directory")
    .requiredOption("--data <file>", "file, pattern, or generated data as in training")
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option(
      "--threads <n>",
      "threads of the kernels; the cores of the machine without it",
      wholeNumber(1, 1024),
    )
    .addOption(productsOption())
    .option("--skip-bad-lines", "leave bad lines out and count them instead of stopping")
    .option("--json", "print one JSON object as the last line")
    .action((flags: EvaluateFlags) => {
      const skipBadLines = flags.skipBadLines === true;
      return evaluate(
        { ...flags, threads: flags.threads, skipBadLines, json: flags.json === true },
        surroundings,
      );
    });
}
