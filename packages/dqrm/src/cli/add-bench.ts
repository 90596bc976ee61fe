import { InvalidArgumentError, Option, type Command } from "commander";
import { bench } from "../commands/bench.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { wholeNumber } from "./options.ts";

interface BenchFlags {
  readonly rows: readonly number[];
  readonly tables: number;
  readonly bits: number;
  readonly batch: number;
  readonly steps: number;
  readonly rounds: number;
  readonly kernels: string;
  readonly json?: true;
}

/** Adds `dqrm bench`. */
export function addBench(program: Command, surroundings: Surroundings): void {
  program
    .command("bench")
    .argument("<name>", "rows: time and memory of a training step against the rows of its tables")
    .description("measure, in pairs, on this machine")
    .addOption(
      new Option("--rows <list>", "rows of each table, compared with the first")
        .argParser(rowList)
        .default([10_000, 10_000_000], "1e4,1e7"),
    )
    .option("--tables <n>", "tables of the model", wholeNumber(1, 64), 1)
    .option("--bits <n>", "bits of the tables, 32 for floats", wholeNumber(1, 32), 4)
    .option("--batch <samples>", "samples in a step", wholeNumber(1, 65_536), 128)
    .option("--steps <n>", "steps timed in each round", wholeNumber(1), 200)
    .option("--rounds <n>", "rounds, in which the sizes alternate", wholeNumber(1), 7)
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--json", "print one JSON object as the last line")
    .action((name: string, flags: BenchFlags) =>
      bench({ ...flags, name, json: flags.json === true }, surroundings),
    );
}

function rowList(text: string): readonly number[] {
  const rows = text.split(",").map(Number);
  if (rows.every((count) => Number.isSafeInteger(count) && count > 0)) return rows;
  throw new InvalidArgumentError("expected row counts joined by commas, as 1e4,1e7");
}
