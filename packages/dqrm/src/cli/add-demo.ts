import type { Command } from "commander";
import { demo } from "../commands/demo.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { parseAssignment } from "../pipeline/resolve-config.ts";
import { gather, seedNumber, wholeNumber } from "./options.ts";

/** Samples of the published experiment: 300,000 to train on and 30,000 each to select and to test. */
const DEMO_ROWS = 360_000;

interface DemoFlags {
  readonly rows: number;
  readonly seed: number;
  readonly out: string;
  readonly kernels: string;
  readonly threads: number;
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds `dqrm demo`. */
export function addDemo(program: Command, surroundings: Surroundings): void {
  program
    .command("demo")
    .description("train FP32 and INT4 side by side on generated clicks and write a report")
    .option("--rows <samples>", "samples to generate", wholeNumber(100), DEMO_ROWS)
    .option("--seed <number>", "seed of data, weights and order", seedNumber, 1)
    .option("--out <dir>", "where result, report and models go", "runs/demo")
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--threads <n>", "models trained at the same time", wholeNumber(1), surroundings.machine.cores)
    .option("--set <key=value>", "override a value of the demo preset (repeatable)", gather)
    .option("--json", "print result.json as one line instead of the table")
    .action((flags: DemoFlags) => {
      const assignments = (flags.set ?? []).map(parseAssignment);
      return demo({ ...flags, assignments, json: flags.json === true }, surroundings);
    });
}
