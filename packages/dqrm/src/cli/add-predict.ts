import type { Command } from "commander";
import { predict } from "../commands/predict.ts";
import type { Surroundings } from "../commands/surroundings.ts";

interface PredictFlags {
  readonly model: string;
  readonly data: string;
  readonly out?: string;
  readonly kernels: string;
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
    .option("--json", "with --out: print one JSON object as the last line")
    .action((flags: PredictFlags) =>
      predict({ ...flags, out: flags.out, json: flags.json === true }, surroundings),
    );
}
