import type { ProductPrecision } from "@dqrm/core";
import type { Command } from "commander";
import { predict } from "../commands/predict.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { productsOption, wholeNumber } from "./options.ts";

interface PredictFlags {
  readonly model: string;
  readonly data: string;
  readonly out?: string;
  readonly kernels: string;
  readonly threads?: number;
  readonly products: ProductPrecision;
  readonly json?: true;
}

/** Adds `dqrm predict`. */
export function addPredict(program: Command, surroundings: Surroundings): void {
  program
    .command("predict")
    .description("write one click probability a line, in the order of the rows")
    .requiredOption("--model <dir>", "model directory")
    .requiredOption("--data <file>", "file or pattern; the label column may be absent")
    .option("--out <file>", "file to write; standard output without it")
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option(
      "--threads <n>",
      "threads of the kernels; the cores of the machine without it",
      wholeNumber(1, 1024),
    )
    .addOption(productsOption())
    .option("--json", "with --out: print one JSON object as the last line")
    .action((flags: PredictFlags) =>
      predict({ ...flags, threads: flags.threads, out: flags.out, json: flags.json === true }, surroundings),
    );
}
