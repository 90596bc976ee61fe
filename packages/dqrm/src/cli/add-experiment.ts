import type { Command } from "commander";
import { experiment } from "../commands/experiment.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { EXPERIMENTS } from "../experiment/experiments.ts";
import { parseAssignment } from "../pipeline/resolve-config.ts";
import { gather, wholeNumber } from "./options.ts";

interface ExperimentFlags {
  readonly data: string;
  readonly variants?: readonly string[];
  readonly seeds?: number;
  readonly epochs?: number;
  readonly out: string;
  readonly kernels: string;
  readonly threads: number;
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Adds `dqrm experiment`. */
export function addExperiment(program: Command, surroundings: Surroundings): void {
  const names = Object.entries(EXPERIMENTS).map(([name, { title }]) => `${name}: ${title}`);
  program
    .command("experiment")
    .argument("<name>", Object.keys(EXPERIMENTS).join(", "))
    .summary("repeat an experiment of the paper over several seeds")
    .description(`repeat an experiment of the paper over several seeds\n${names.join("\n")}`)
    .option(
      "--data <address>",
      "generated data; the seed of each run is added",
      "synthetic:planted?rows=360000",
    )
    .option("--variants <list>", "variants to run, joined by commas; all without it", nameList)
    .option("--seeds <n>", "number of seeds, from 1 on", wholeNumber(1))
    .option("--epochs <n>", "epochs to train", wholeNumber(1))
    .option("--out <dir>", "where result and report go", "runs")
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--threads <n>", "runs at the same time", wholeNumber(1), surroundings.machine.cores)
    .option("--set <key=value>", "override a value in every variant (repeatable)", gather)
    .option("--json", "print one JSON object as the last line")
    .action((name: string, flags: ExperimentFlags) =>
      experiment(
        {
          ...flags,
          name,
          variants: flags.variants,
          seeds: flags.seeds,
          epochs: flags.epochs,
          assignments: (flags.set ?? []).map(parseAssignment),
          json: flags.json === true,
        },
        surroundings,
      ),
    );
}

function nameList(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}
