import type { DataSource } from "@dqrm/data";

/** Gives the first rows of a source, the same ones in every pass; 0 gives all of them. */
export function firstRows(source: DataSource, rows: number): DataSource {
  if (rows === 0) return source;
  return {
    name: source.name,
    schema: source.schema,
    async *rows(pass) {
      for await (const chunk of source.rows(pass)) {
        const size = Math.min(chunk.size, rows - chunk.firstRow);
        if (size > 0) yield { ...chunk, size };
        if (chunk.firstRow + chunk.size >= rows) return;
      }
    },
  };
}
