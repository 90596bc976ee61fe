import { describe, expect, test } from "vitest";
import { formatBytes, formatCount, formatDuration } from "../src/terminal/format-number.ts";
import { createProgress } from "../src/terminal/progress.ts";
import { textTable } from "../src/terminal/text-table.ts";
import { fakeTerminal } from "./fake-terminal.ts";

const state = {
  epoch: 1,
  epochs: 2,
  fraction: 0.25,
  samplesPerSecond: 12_345.6,
  loss: 0.51234,
  secondsLeft: 95,
  exchange: null,
  note: "",
};

describe("numbers", () => {
  test("bytes are written in decimal units with one digit", () => {
    expect([0, 999, 1000, 405_650_000, 12_576_000_000].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "405.6 MB",
      "12.6 GB",
    ]);
  });

  test("durations are written in their two largest units", () => {
    expect([0.4, 59, 60, 3661, Number.NaN].map(formatDuration)).toEqual(["0s", "59s", "1m00s", "1h01m", "?"]);
  });

  test("counts are grouped by thousands", () => {
    expect(formatCount(33_762_577)).toBe("33,762,577");
  });
});

test("a text table aligns words left and numbers right", () => {
  const table = textTable(
    [
      { title: "model", align: "left" },
      { title: "AUC", align: "right" },
    ],
    [
      ["FP32", "0.7"],
      ["INT4 DQRM", "0.75"],
    ],
  );

  expect(table.split("\n")).toEqual([
    "model       AUC",
    "─────────  ────",
    "FP32        0.7",
    "INT4 DQRM  0.75",
  ]);
});

describe("progress", () => {
  test("without a terminal each lane prints a line at its first state and then at most every ten seconds", () => {
    const terminal = fakeTerminal({ interactive: false });
    const progress = createProgress(["FP32", "INT4"], terminal);

    progress.update("FP32", state);
    terminal.advance(9_999);
    progress.update("FP32", { ...state, fraction: 0.3 });
    terminal.advance(1);
    progress.update("FP32", { ...state, fraction: 0.5 });

    expect(terminal.stderr().trimEnd().split("\n")).toEqual([
      "FP32: epoch 1/2  25%  12,346 samples/s  loss 0.5123  ETA 1m35s",
      "FP32: epoch 1/2  50%  12,346 samples/s  loss 0.5123  ETA 1m35s",
    ]);
    expect(terminal.stdout()).toBe("");
  });

  test("gradients that travel are told with their bytes, ratio and time", () => {
    const terminal = fakeTerminal({ interactive: false });
    const exchange = { bytes: 12_345, ratio: 7.64, milliseconds: 1.25 };

    createProgress(["INT4"], terminal).update("INT4", { ...state, exchange });

    expect(terminal.stderr()).toContain("loss 0.5123  sends 12.3 kB (7.6x) in 1.3 ms a step  ETA 1m35s");
  });

  test("a new epoch prints at once", () => {
    const terminal = fakeTerminal({ interactive: false });
    const progress = createProgress(["INT4"], terminal);

    progress.update("INT4", state);
    progress.update("INT4", { ...state, epoch: 2, fraction: 0.5 });

    expect(terminal.stderr().trimEnd().split("\n")).toHaveLength(2);
  });

  test("of many runs only those under way are drawn, and the finished ones counted", () => {
    const terminal = fakeTerminal({ interactive: true });
    const progress = createProgress(["a", "b", "c", "d", "e"], terminal);

    progress.update("a", { ...state, fraction: 1 });
    progress.update("c", state);

    const last = terminal.stderr().split("\u001b[0J").at(-1)?.trimEnd().split("\n");
    expect(last?.map((line) => line.slice(0, 13))).toEqual(["c  ██████░░░░", "1 of 5 runs d"]);
  });

  test("on a terminal the bars are rewritten in place and never wider than the screen", () => {
    const terminal = fakeTerminal({ interactive: true, columns: 60 });
    const progress = createProgress(["FP32", "INT4"], terminal);

    progress.update("FP32", state);
    progress.update("INT4", { ...state, fraction: 1 });

    const [first, second] = terminal.stderr().split("\u001b[2A\u001b[0J");
    expect(first).toContain("INT4  waiting");
    expect(second).toContain("100%");
    for (const line of `${first}${second}`.split("\n")) expect(line.length).toBeLessThan(60);
  });
});
