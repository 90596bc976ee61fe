import type { Command } from "commander";
import { kernels } from "../commands/kernels.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { wholeNumber } from "./options.ts";

interface KernelsFlags {
  readonly kernels: string;
  readonly threads?: number;
  readonly json?: true;
}

/** Adds `dqrm kernels`, or `dqrm inspect kernels`. */
export function addKernels(program: Command, surroundings: Surroundings): void {
  program
    .command("kernels")
    .description("tell which kernels serve which op, on what, and why others were skipped")
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option(
      "--threads <n>",
      "threads of the kernels; the cores of the machine without it",
      wholeNumber(1, 1024),
    )
    .option("--json", "print one JSON object as the last line")
    .action(({ json, kernels: list, threads }: KernelsFlags) =>
      kernels({ kernels: list, threads, json: json === true }, surroundings),
    );
}
