import type { Command } from "commander";
import { inspect } from "../commands/inspect.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { addKernels } from "./add-kernels.ts";

/** Adds `dqrm inspect`; a model directory with the name kernels is ./kernels. */
export function addInspect(program: Command, surroundings: Surroundings): void {
  const command = program
    .command("inspect")
    .argument("<path>", "model directory or .dqt table file")
    .enablePositionalOptions()
    .description("show tables, rows, bits, scales and where every byte goes")
    .option("--json", "print one JSON object as the last line")
    .action((path: string, flags: { readonly json?: true }) =>
      inspect(path, flags.json === true, surroundings),
    );
  addKernels(command, surroundings);
}
