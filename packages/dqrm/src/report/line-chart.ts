import { escapeHtml } from "./escape-html.ts";
import { ticks } from "./ticks.ts";

/** Holds one point of a curve. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
}

/** Holds one curve: y over x, in the order of x. */
export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
  /** Curves that this one is the mean of, drawn thin behind it. */
  readonly strands?: readonly (readonly ChartPoint[])[];
  /** Marks one point, as the checkpoint that was selected. */
  readonly marked: number | undefined;
}

/** Describes a line chart. */
export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
}

/** The page's style has this many colours; later curves take them again, dashed. */
const COLOURS = 8;
const PLOT_WIDTH = 250;
const HEIGHT = 280;
const MARGIN = { top: 34, bottom: 44, left: 58 } as const;
const RIGHT = MARGIN.left + PLOT_WIDTH;
const LABEL_GAP = 14;
/** A bold letter of the labels is about this wide. */
const LETTER_WIDTH = 7;
const LEAST_RIGHT = 92;

/**
 * Draws a line chart as one SVG element: axes with round ticks, each curve labelled at its end.
 *
 * Colours come from the CSS variables --series-1…8, --ink, --muted and --grid of the page.
 *
 * @shape series: at least one point among them
 */
export function lineChart(chart: LineChart): string {
  const points = chart.series.flatMap(({ points: own, strands = [] }) => [...own, ...strands.flat()]);
  const longest = Math.max(...chart.series.map(({ name }) => name.length));
  const width = MARGIN.left + PLOT_WIDTH + Math.max(LEAST_RIGHT, 12 + LETTER_WIDTH * longest);
  const ys = points.map(({ y }) => y);
  const xs = points.map(({ x }) => x);
  const xRange = [Math.min(...xs), Math.max(...xs)] as const;
  const xTicks = ticks(xRange[0], xRange[1], 8, true).filter(
    (tick) => tick >= xRange[0] && tick <= xRange[1],
  );
  const yTicks = ticks(Math.min(...ys), Math.max(...ys), 6, false);
  const x = scale(xRange, MARGIN.left, RIGHT);
  const y = scale(yTicks, HEIGHT - MARGIN.bottom, MARGIN.top);

  const labels = spreadLabels(
    chart.series.map((series, s) => {
      const last = series.points.at(-1);
      return { name: series.name, s, at: last === undefined ? MARGIN.top : y(last.y) };
    }),
  );
  const parts = [
    `<svg viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">`,
    `<text class="chart-title" x="${MARGIN.left}" y="18">${escapeHtml(chart.title)}</text>`,
    axes(chart, { ticks: xTicks, at: x }, { ticks: yTicks, at: y }),
    ...chart.series.map((series, s) => curve(series, s, x, y)),
    ...labels.map(
      ({ at, name, s }) =>
        `<text class="label" fill="${colour(s)}" x="${RIGHT + 8}" y="${fixed(at + 4)}">${escapeHtml(name)}</text>`,
    ),
    "</svg>",
  ];
  return parts.filter((part) => part !== "").join("\n");
}

type Scale = (value: number) => number;

function scale(domain: readonly number[], from: number, to: number): Scale {
  const low = domain[0];
  const span = domain[domain.length - 1] - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

interface Axis {
  readonly ticks: readonly number[];
  readonly at: Scale;
}

function axes(chart: LineChart, horizontal: Axis, vertical: Axis): string {
  const { at: x, ticks: xTicks } = horizontal;
  const { at: y, ticks: yTicks } = vertical;
  const bottom = HEIGHT - MARGIN.bottom;
  const decimals = decimalsFor(yTicks);
  return [
    ...yTicks.map(
      (tick) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${RIGHT}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}"/>` +
        `<text class="tick" text-anchor="end" x="${MARGIN.left - 8}" y="${fixed(y(tick) + 4)}">${tick.toFixed(decimals)}</text>`,
    ),
    ...xTicks.map(
      (tick) =>
        `<text class="tick" text-anchor="middle" x="${fixed(x(tick))}" y="${bottom + 18}">${tick}</text>`,
    ),
    `<text class="axis" text-anchor="middle" x="${(MARGIN.left + RIGHT) / 2}" y="${HEIGHT - 8}">${escapeHtml(chart.xLabel)}</text>`,
    `<text class="axis" text-anchor="middle" transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)">${escapeHtml(chart.yLabel)}</text>`,
  ].join("\n");
}

function colour(s: number): string {
  return `var(--series-${(s % COLOURS) + 1})`;
}

function curve(series: ChartSeries, s: number, x: Scale, y: Scale): string {
  const path = (points: readonly ChartPoint[]): string =>
    points.map((point) => `${fixed(x(point.x))},${fixed(y(point.y))}`).join(" ");
  const dashes = s < COLOURS ? "" : ' stroke-dasharray="5 3"';
  const strands = (series.strands ?? []).map(
    (points) => `<polyline class="strand" stroke="${colour(s)}" points="${path(points)}"/>`,
  );
  const dots = series.points.map((point, i) => {
    const marked = i === series.marked;
    const title = `<title>${escapeHtml(series.name)}: ${point.y.toFixed(5)} at ${point.x}${marked ? ", selected" : ""}</title>`;
    return `<circle class="${marked ? "marked" : "dot"}" stroke="${colour(s)}" fill="${colour(s)}" cx="${fixed(x(point.x))}" cy="${fixed(y(point.y))}" r="${marked ? 6 : 3}">${title}</circle>`;
  });
  const mean = `<polyline class="curve" stroke="${colour(s)}"${dashes} points="${path(series.points)}"/>`;
  return [...strands, mean, ...dots].join("\n");
}

interface EndLabel {
  readonly name: string;
  readonly s: number;
  readonly at: number;
}

/** Moves labels apart downwards, and then back up from the bottom where that pushed them out of the chart. */
function spreadLabels(labels: readonly EndLabel[]): readonly EndLabel[] {
  const sorted = [...labels].sort((a, b) => a.at - b.at);
  const heights: number[] = [];
  for (const [i, { at }] of sorted.entries())
    heights.push(i === 0 ? at : Math.max(at, heights[i - 1] + LABEL_GAP));
  let floor = HEIGHT - MARGIN.bottom + LABEL_GAP;
  for (let i = heights.length - 1; i >= 0; i--) {
    heights[i] = Math.min(heights[i], floor);
    floor = heights[i] - LABEL_GAP;
  }
  return sorted.map((label, i) => ({ ...label, at: heights[i] }));
}

function decimalsFor(values: readonly number[]): number {
  const step = values.length > 1 ? values[1] - values[0] : 1;
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}

function fixed(value: number): string {
  return value.toFixed(1);
}
