import { escapeHtml } from "./escape-html.ts";

/** Holds one table of a report; cells are text, not HTML. */
export interface HtmlTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --muted: #57606a; --grid: #e3e6ea; --paper: #ffffff; --card: #f6f8fa;
  --series-1: #2463c4; --series-2: #c2410c; --series-3: #177245; --series-4: #7c3aad;
  --series-5: #a11043; --series-6: #0e7490; --series-7: #7a6a0a; --series-8: #555b66; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --muted: #9aa4af; --grid: #30363d; --paper: #0f1318;
  --card: #171c22; --series-1: #6ea3f7; --series-2: #f59e5b; --series-3: #5cc48a; --series-4: #c39af0;
  --series-5: #f2799f; --series-6: #5ec8de; --series-7: #d9c65a; --series-8: #a9b1bd; } }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 1240px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
p { max-width: 72ch; } .lead { font-size: 1.05rem; } .muted { color: var(--muted); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1rem; }
.charts figure { margin: 0; padding: .75rem; background: var(--card); border-radius: 8px; }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
.chart-title { font-weight: 600; font-size: 14px; fill: var(--ink); } .tick, .axis { fill: var(--muted); }
.grid { stroke: var(--grid); } .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.strand { fill: none; stroke-width: .8; opacity: .35; } .label { font-weight: 600; }
.marked { fill: var(--card); stroke-width: 3; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table { font-size: .9rem; } th, td { padding: .35rem .45rem; text-align: right; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { font-weight: 600; }
pre { background: var(--card); padding: .9rem; border-radius: 8px; overflow-x: auto; font-size: 13px; }
`;

/** Builds a self-contained page: no script, no font and no picture from elsewhere. */
export function htmlPage(title: string, body: readonly string[]): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    ...body,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** Builds a table whose first column is text and whose others are numbers. */
export function htmlTable({ columns, rows }: HtmlTable): string {
  const cells = (tag: "th" | "td", row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return [
    '<div class="scroll"><table>',
    `<thead>${cells("th", columns)}</thead>`,
    `<tbody>${rows.map((row) => cells("td", row)).join("\n")}</tbody>`,
    "</table></div>",
  ].join("\n");
}
