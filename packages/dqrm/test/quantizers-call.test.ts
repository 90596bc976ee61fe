import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { call, done, sharedFolder, SMALL } from "./call.ts";

const DATA = "synthetic:planted?rows=2000&seed=1";

const QUANTIZERS = [
  ["lsq", { quantizer: "lsq" }, "INT4 LSQ DLRM", "learned step", "symmetric"],
  ["dorefa", { quantizer: "dorefa" }, "INT4 DoReFa DLRM", "DoReFa", "asymmetric"],
  [
    "unit",
    { quantizer: "dorefa", "dorefa.range": "unit" },
    "INT4 DoReFa DLRM",
    "DoReFa onto [-1, 1]",
    "asymmetric",
  ],
  [
    "dead-zone",
    { quantizer: "dead-zone" },
    "INT4 dead-zone DLRM",
    "dead zone: 7.1 % of absmax",
    "dead-zone-log",
  ],
  [
    "stored",
    { quantizer: "stored", granularity: "row", bits: "8" },
    "INT8 DLRM without float weights",
    "codes alone, stochastic, absmax step",
    "symmetric",
  ],
  [
    "absolute",
    {
      quantizer: "dead-zone",
      bits: "3",
      "deadZone.levels": "uniform",
      "deadZone.threshold": "absolute",
      "deadZone.value": "0.01",
    },
    "INT3 dead-zone DLRM",
    "dead zone: 0.01",
    "dead-zone",
  ],
  [
    "frequency",
    {
      quantizer: "dead-zone",
      bits: "32",
      "deadZone.threshold": "frequency",
      "deadZone.value": "0",
    },
    "FP32 dead-zone DLRM",
    "dead zone: rows under 3 steps",
    "float",
  ],
] as const;

describe.each(QUANTIZERS)("tables trained behind %s", (name, values, title, behind, scheme) => {
  const out = join(sharedFolder(), name);
  const settings = Object.entries(values).flatMap(([key, value]) => [
    "--set",
    `quantization.tables.${key}=${value}`,
  ]);

  test("are saved as what they are, and evaluate and predict alike", async () => {
    await done(["train", "--data", DATA, "--epochs", "1", "--out", out, ...SMALL, ...settings]);

    const inspected = await done(["inspect", out]);
    const evaluated = await done(["evaluate", "--model", out, "--data", DATA, "--json"]);
    const predicted = await done(["predict", "--model", out, "--data", DATA]);

    expect(inspected.out).toContain(behind);
    expect(inspected.out).toContain(` ${scheme} `);
    expect(JSON.parse(evaluated.out)).toMatchObject({ samples: 2000 });
    expect(predicted.out.trim().split("\n")).toHaveLength(2000);
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain(`# ${title}`);
  });
});

test("a quantizer that does not fit is refused before any work, with the reason", async () => {
  const { code, err } = await call([
    "train",
    "--data",
    DATA,
    "--out",
    join(sharedFolder(), "refused"),
    "--set",
    "quantization.tables.quantizer=lsq",
    "--set",
    "quantization.tables.granularity=row",
  ]);

  expect(code).not.toBe(0);
  expect(err).toContain('quantization.tables.granularity is "row", expected "table" with quantizer "lsq"');
});
