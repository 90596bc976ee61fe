import { escapeHtml } from "./escape-html.ts";

/** Describes a histogram of codes. */
export interface HistogramSpec {
  readonly title: string;
  /** How often each code occurs. */
  readonly counts: readonly number[];
}

const WIDTH = 320;
const HEIGHT = 150;
const TOP = 26;
const BASE = 130;

/** Draws a bar for each code, as high as its share; a bar that would not be seen gets a hair. */
export function codeHistogram({ counts, title }: HistogramSpec): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const most = Math.max(...counts, 1);
  const step = WIDTH / counts.length;
  const bars = counts.flatMap((count, code) => {
    if (count === 0) return [];
    const height = Math.max(0.75, ((BASE - TOP) * count) / most);
    const share = `code ${code}: ${((100 * count) / total).toFixed(2)} %`;
    const [x, width] = [code * step + 0.1 * step, 0.8 * step].map((length) => length.toFixed(2));
    return [
      `<rect x="${x}" y="${(BASE - height).toFixed(2)}" width="${width}" height="${height.toFixed(2)}" fill="var(--series-1)"><title>${share}</title></rect>`,
    ];
  });
  const peak = `${((100 * most) / Math.max(1, total)).toFixed(1)} % at most`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(`${title}: how often each code occurs`)}">`,
    `<text class="chart-title" x="0" y="14">${escapeHtml(title)}</text>`,
    `<text class="tick" x="${WIDTH}" y="14" text-anchor="end">${peak}</text>`,
    ...bars,
    `<line class="grid" x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}"/>`,
    `<text class="tick" x="0" y="${HEIGHT - 5}">0</text>`,
    `<text class="tick" x="${WIDTH}" y="${HEIGHT - 5}" text-anchor="end">${counts.length - 1}</text>`,
    "</svg>",
  ].join("\n");
}
