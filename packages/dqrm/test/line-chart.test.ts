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

test("ticks are round, evenly spaced and cover the values", () => {
  expect(ticks(0.7231, 0.7389, 6, false)).toEqual([0.72, 0.725, 0.73, 0.735, 0.74]);
  expect(ticks(5, 5, 6, false).length).toBeGreaterThanOrEqual(2);
  expect(ticks(1, 8, 8, true)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
