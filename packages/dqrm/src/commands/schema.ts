import { writeFile } from "node:fs/promises";
import { describeSchema } from "../pipeline/open-training-data.ts";
import { openSource } from "../pipeline/open-source.ts";
import { writeFailure } from "../pipeline/write-failure.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm schema`. */
export interface SchemaOptions {
  readonly data: string;
  readonly label: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
}

/** Infers what the columns of a click log are, and writes it down to be read and corrected before training. */
export async function schema(options: SchemaOptions, { terminal }: Surroundings): Promise<void> {
  const { data, json, label, out } = options;
  const found = (await openSource({ data, schema: "auto", label, read: {} })).schema;
  terminal.err(`${describeSchema(found)}\n`);
  if (out !== undefined) {
    await writeFile(out, `${JSON.stringify(found, null, 2)}\n`).catch((cause: unknown) => {
      throw writeFailure(out, "a file to write", cause);
    });
    terminal.err(`written: ${out}; train with --schema ${out}\n`);
  }
  if (json || out === undefined) terminal.out(`${JSON.stringify(found)}\n`);
}
