import type { DataSource } from "@dqrm/data";

/** A row as plain values. */
export interface PlainRow {
  readonly file: string;
  readonly line: number;
  readonly label: number;
  readonly numeric: readonly number[];
  readonly categories: readonly (number | string | readonly string[])[];
}

/** Copies all rows of a pass out of their reused arrays. */
export async function readRows(source: DataSource): Promise<PlainRow[]> {
  const rows: PlainRow[] = [];
  const width = source.schema.columns.filter(({ kind }) => kind === "numeric").length;
  for await (const chunk of source.rows()) {
    for (let row = 0; row < chunk.size; row++) {
      const categories = chunk.categories.map((values) => {
        if (values.kind === "codes") return values.values[row];
        if (values.offsets === undefined) return values.values[row];
        return values.values.slice(values.offsets[row], values.offsets[row + 1]);
      });
      if (chunk.firstRow + row !== rows.length) throw new Error(`row ${rows.length} is numbered otherwise`);
      rows.push({
        file: chunk.file,
        line: chunk.lines[row],
        label: chunk.labels[row],
        numeric: [...chunk.numeric.subarray(row * width, (row + 1) * width)],
        categories,
      });
    }
  }
  return rows;
}

/** Gives the message of the error that a promise ends in. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.then(
    () => "no error",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return outcome;
}
