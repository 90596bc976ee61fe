import { expect, test } from "vitest";
import { escapeHtml } from "../src/report/escape-html.ts";
import { lineChart } from "../src/report/line-chart.ts";
import { ticks } from "../src/report/ticks.ts";

const chart = {
  title: "AUC <per epoch>",
  xLabel: "epoch",
  yLabel: "AUC",
  series: [
    {
      name: "FP32",
      points: [
        { x: 1, y: 0.7 },
        { x: 2, y: 0.72 },
      ],
      marked: 1,
    },
    {
      name: "INT4",
      points: [
        { x: 1, y: 0.69 },
        { x: 2, y: 0.72 },
      ],
      marked: undefined,
    },
  ],
};

test("a chart draws one curve for each series and one dot for each point", () => {
  const svg = lineChart(chart);

  expect(svg.match(/<polyline /g)).toHaveLength(2);
  expect(svg.match(/<circle /g)).toHaveLength(4);
  expect(svg.match(/class="marked"/g)).toHaveLength(1);
});

test("text in a chart is escaped", () => {
  expect(lineChart(chart)).toContain("AUC &lt;per epoch&gt;");
  expect(escapeHtml(`<a href="x">'&`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
});

test("labels of curves that end at the same height do not overlap", () => {
  const heights = [...lineChart(chart).matchAll(/class="label"[^>]* y="([\d.]+)"/g)].map(([, y]) =>
    Number(y),
  );

  expect(Math.abs(heights[0] - heights[1])).toBeGreaterThanOrEqual(14);
});

test("labels of many curves stay inside the chart and apart", () => {
  const flat = { points: [{ x: 1, y: 0 }], marked: undefined };
  const series = [
    ...Array.from({ length: 12 }, (_, i) => ({ ...flat, name: `low ${i}` })),
    { name: "high", points: [{ x: 1, y: 1 }], marked: undefined },
  ];

  const svg = lineChart({ ...chart, series });

  const heights = [...svg.matchAll(/class="label"[^>]* y="([\d.]+)"/g)].map(([, y]) => Number(y));
  const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
  const sorted = [...heights].sort((a, b) => a - b);
  expect(sorted).toHaveLength(13);
  expect(sorted[12]).toBeLessThan(height);
  expect(sorted.slice(1).every((at, i) => at - sorted[i] >= 13.9)).toBe(true);
});

test("curves of single seeds are drawn thin behind their mean and stay inside the axes", () => {
  const strands = [[{ x: 1, y: 0.1 }], [{ x: 1, y: 0.9 }]];
  const mean = { name: "FP32", points: [{ x: 1, y: 0.5 }], strands, marked: undefined };

  const svg = lineChart({ ...chart, series: [mean] });

  const points = [...svg.matchAll(/class="strand"[^>]* points="[\d.]+,([\d.]+)"/g)].map(([, y]) => Number(y));
  expect(points).toHaveLength(2);
  expect(points[0]).toBeGreaterThan(points[1]);
  expect(points[1]).toBeGreaterThanOrEqual(34);
});

test("ticks are round, evenly spaced and cover the values", () => {
  expect(ticks(0.7231, 0.7389, 6, false)).toEqual([0.72, 0.725, 0.73, 0.735, 0.74]);
  expect(ticks(5, 5, 6, false).length).toBeGreaterThanOrEqual(2);
  expect(ticks(1, 8, 8, true)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
