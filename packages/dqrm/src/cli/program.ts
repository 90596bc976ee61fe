import { Command, CommanderError } from "commander";
import type { Surroundings } from "../commands/surroundings.ts";
import { EXIT_OK, EXIT_USAGE, reportError } from "../terminal/report-error.ts";
import { addBench } from "./add-bench.ts";
import { addDemo } from "./add-demo.ts";
import { addEvaluate } from "./add-evaluate.ts";
import { addExperiment } from "./add-experiment.ts";
import { addInspect } from "./add-inspect.ts";
import { addKernels } from "./add-kernels.ts";
import { addPlan } from "./add-plan.ts";
import { addPredict } from "./add-predict.ts";
import { addQuantize } from "./add-quantize.ts";
import { addSchema } from "./add-schema.ts";
import { addTrain } from "./add-train.ts";

/**
 * Runs one call of the command.
 *
 * @shape args without the program's name; the exit code comes back: 0 done, 1 failed, 2 called wrongly
 */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await createProgram(surroundings).parseAsync(args, { from: "user" });
    return EXIT_OK;
  } catch (error) {
    // Commander has printed its message already; help and version end with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    return reportError(error, surroundings.terminal);
  }
}

function createProgram(surroundings: Surroundings): Command {
  const { machine, terminal } = surroundings;
  const program = new Command("dqrm")
    .description("Train, evaluate and pack recommenders (DLRM) in INT4 and less.")
    .version(machine.dqrm)
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError("see: dqrm --help")
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => {
        terminal.err(text.replace(/^error: /, "error USAGE: "));
      },
    });
  for (const add of [
    addSchema,
    addTrain,
    addEvaluate,
    addPredict,
    addQuantize,
    addInspect,
    addPlan,
    addKernels,
    addBench,
    addExperiment,
    addDemo,
  ]) {
    add(program, surroundings);
  }
  return program;
}
