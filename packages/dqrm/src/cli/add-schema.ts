import type { Command } from "commander";
import { schema } from "../commands/schema.ts";
import type { Surroundings } from "../commands/surroundings.ts";

interface SchemaFlags {
  readonly data: string;
  readonly label?: string;
  readonly out?: string;
  readonly json?: true;
}

/** Adds `dqrm schema`. */
export function addSchema(program: Command, surroundings: Surroundings): void {
  program
    .command("schema")
    .description("tell what the columns of a click log are taken for, and write it down")
    .requiredOption("--data <file>", "file, or pattern like day_*.gz")
    .option("--label <column>", "the label's column")
    .option("--out <file>", "schema file to write, for --schema of train")
    .option("--json", "print the schema as one line of JSON")
    .action(({ data, json, label, out }: SchemaFlags) =>
      schema({ data, label, out, json: json === true }, surroundings),
    );
}
