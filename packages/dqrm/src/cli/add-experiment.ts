import type { Command } from "commander";
import { experiment } from "../commands/experiment.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import type { ExperimentOptions } from "../experiment/experiment-options.ts";
import { EXPERIMENTS } from "../experiment/experiments.ts";
import { parseAssignment } from "../pipeline/resolve-config.ts";
import { gather, wholeNumber } from "./options.ts";

interface ExperimentFlags {
  readonly data?: readonly string[];
  readonly rows?: number;
  readonly schema: string;
  readonly label?: string;
  readonly preset?: string;
  readonly variants?: readonly string[];
  readonly seeds?: number;
  readonly epochs?: number;
  readonly out: string;
  readonly fresh?: true;
  readonly kernels: string;
  readonly threads: number;
  readonly transport?: string;
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds `dqrm experiment`. */
export function addExperiment(program: Command, surroundings: Surroundings): void {
  const width = Math.max(...Object.keys(EXPERIMENTS).map((name) => name.length));
  const names = Object.entries(EXPERIMENTS).map(([name, { title }]) => `  ${name.padEnd(width)}  ${title}`);
  program
    .command("experiment")
    .argument("<name>", Object.keys(EXPERIMENTS).join(", "))
    .summary("repeat an experiment of the paper over several seeds")
    .description("repeat an experiment of the paper over several seeds")
    .option(
      "--data <address>",
      "generated data, drawn anew for each seed, or a click log (repeatable)",
      gather,
    )
    .option("--rows <n>", "samples of generated data, or the first rows of a log", wholeNumber(1))
    .option("--schema <schema>", "columns of a log: criteo, auto or a JSON file", "auto")
    .option("--label <column>", "name of a log's label column")
    .option("--preset <preset>", "preset or JSON file that the variants change")
    .option("--variants <list>", "variants to run, joined by commas; all without it", nameList)
    .option("--seeds <n>", "number of seeds, from 1 on", wholeNumber(1))
    .option("--epochs <n>", "epochs to train", wholeNumber(1))
    .option("--out <dir>", "where runs, result and report go", "runs")
    .option("--fresh", "repeat runs that an earlier call finished")
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--threads <n>", "runs at the same time", wholeNumber(1), surroundings.machine.cores)
    .option(
      "--transport <name>",
      "connect a process for each part of a batch over gloo, or a package; without it one computes all parts",
    )
    .option("--set <key=value>", "override a value in every variant (repeatable)", gather)
    .option("--json", "print one JSON object as the last line")
    .addHelpText("after", `\nExperiments:\n${names.join("\n")}`)
    .action((name: string, flags: ExperimentFlags) => experiment(readFlags(name, flags), surroundings));
}

function readFlags(name: string, flags: ExperimentFlags): ExperimentOptions {
  return {
    ...flags,
    name,
    data: flags.data,
    rows: flags.rows,
    label: flags.label,
    preset: flags.preset,
    variants: flags.variants,
    seeds: flags.seeds,
    epochs: flags.epochs,
    fresh: flags.fresh === true,
    transport: flags.transport,
    assignments: (flags.set ?? []).map(parseAssignment),
    json: flags.json === true,
  };
}

function nameList(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}
