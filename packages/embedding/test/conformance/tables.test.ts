import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { encodeTableFile, type RowFormat } from "@dqrm/core";
import { openPackedTable } from "@dqrm/embedding/node";
import { tableCases, trainableTableCases } from "../../src/conformance/index.ts";
import {
  floatSubject,
  floatTrainable,
  packedOf,
  packedSubject,
  qatTrainable,
  shape,
  storedSubject,
  storedTrainable,
} from "./subjects.ts";

const formats: readonly RowFormat[] = [
  { bits: 1, cols: shape.cols, scheme: "symmetric", granularity: { kind: "row" } },
  { bits: 3, cols: shape.cols, scheme: "symmetric", granularity: { kind: "group", groupCols: 2 } },
  { bits: 4, cols: shape.cols, scheme: "symmetric", granularity: { kind: "table" } },
  { bits: 8, cols: shape.cols, scheme: "symmetric", granularity: { kind: "row" } },
  { bits: 16, cols: shape.cols, scheme: "symmetric", granularity: { kind: "table" } },
];

const directory = mkdtempSync(join(tmpdir(), "dqrm-conformance-"));
const opened: { close(): void }[] = [];
afterAll(() => {
  for (const table of opened) table.close();
  rmSync(directory, { recursive: true });
});

describe("tables that answer", () => {
  const files = formats.map((format) => {
    const packed = packedOf(format);
    const { weights } = packedSubject(packed);
    const path = join(directory, `${format.bits}.dqt`);
    writeFileSync(path, encodeTableFile(packed));
    return {
      name: `file ${format.bits} bits by ${format.granularity.kind}`,
      ...shape,
      weights,
      open: (pooling: "sum" | "mean") => {
        const table = openPackedTable(path, { pooling });
        opened.push(table);
        return table;
      },
    };
  });
  const trained = formats.map((format) => {
    const packed = packedOf(format);
    const subject = qatTrainable(format);
    const { weights } = packedSubject(packed);
    const open = (pooling: "sum" | "mean") => subject.create(floatSubject.weights.slice(), pooling);
    return { name: subject.name, ...shape, weights, open };
  });
  const subjects = [
    floatSubject,
    ...formats.map((format) => packedSubject(packedOf(format))),
    ...files,
    ...trained,
    ...([2, 3, 4, 8, 16] as const).map(storedSubject),
  ];

  for (const subject of subjects) {
    for (const check of tableCases(subject))
      test(check.name, () => {
        check.run();
      });
  }
});

describe("tables that learn", () => {
  for (const subject of [floatTrainable, ...formats.map(qatTrainable)]) {
    for (const check of trainableTableCases(subject))
      test(check.name, () => {
        check.run();
      });
  }
  for (const check of trainableTableCases(storedTrainable))
    test(check.name, () => {
      check.run();
    });
});
