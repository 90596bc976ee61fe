import type { Command } from "commander";
import { evaluate } from "../commands/evaluate.ts";
import type { Surroundings } from "../commands/surroundings.ts";

interface EvaluateFlags {
  readonly model: string;
  readonly data: string;
  readonly kernels: string;
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
    .option("--json", "print one JSON object as the last line")
    .action((flags: EvaluateFlags) => evaluate({ ...flags, json: flags.json === true }, surroundings));
}
