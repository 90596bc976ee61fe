/** Describes one column of a text table. */
export interface TextColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

/**
 * Lays rows out in aligned columns under their titles.
 *
 * @shape rows: each as long as columns
 */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, c) =>
    Math.max(title.length, ...rows.map((row) => row[c]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (columns[c].align === "left" ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join("\n");
}
