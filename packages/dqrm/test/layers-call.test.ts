import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { call, done, scratchFolder, sharedFolder, SMALL, type Outcome } from "./call.ts";

const DATA = "synthetic:planted?rows=2000&seed=1";
const out = join(sharedFolder(), "run");
let training: Outcome;

beforeAll(async () => {
  const schedule =
    '[{"fromEpoch":0,"tablesBits":32,"mlpBits":32},{"fromEpoch":1,"tablesBits":4,"mlpBits":8}]';
  const settings = [
    "quantization.activations.bits=8",
    "quantization.activations.at=layers",
    `quantization.schedule=${schedule}`,
  ].flatMap((setting) => ["--set", setting]);
  training = await call(["train", "--data", DATA, "--epochs", "2", "--out", out, ...SMALL, ...settings]);
});

describe("a run with a schedule and quantized activations", () => {
  test("says which bits it goes through, and which are selected", () => {
    expect(training.code).toBe(0);
    expect(training.err).toContain(
      "schedule: tables FP32 and layers FP32 from epoch 1; tables INT4 and layers INT8 from epoch 2; " +
        "the best epoch of the last phase is selected",
    );
  });

  test("is inspected with the bits of its last phase and a row for each range", async () => {
    const { out: text } = await call(["inspect", out, "--json"]);

    expect(text).toContain('"name":"activations","rows":4,"cols":3');
    expect(text).toContain('"bits":4');
  });

  test("is served in whole numbers with nearly the predictions of floats", async () => {
    const predictions = async (products: string): Promise<readonly number[]> => {
      const { out: text } = await call(["predict", "--model", out, "--data", DATA, "--products", products]);
      return text.trim().split("\n").map(Number);
    };

    const [floats, codes] = [await predictions("float32"), await predictions("codes")];

    expect(codes).not.toEqual(floats);
    const apart = codes.map((p, i) => Math.abs(p - floats[i]));
    expect(apart).toHaveLength(2000);
    // A code of 255 here and there: far less than a tenth on any sample, and next to nothing on average.
    expect(Math.max(...apart)).toBeLessThan(0.1);
    expect(apart.reduce((sum, a) => sum + a, 0) / apart.length).toBeLessThan(0.01);
  });

  test("refuses products that no kernels have for it", async () => {
    const { code, err } = await call(["evaluate", "--model", out, "--data", DATA, "--products", "int8"]);

    expect(code).not.toBe(0);
    expect(err).toContain("no backend accepts products in int8");
  });
});

test("a compression that no table is long enough for is named, and one that acts is not", async () => {
  const data = "synthetic:planted?rows=1000&seed=3&tableRows=10,100,1000";
  const run = (threshold: number): ReturnType<typeof done> =>
    done([
      ...["train", "--data", data, "--out", join(scratchFolder(), "out"), "--epochs", "1", ...SMALL],
      ...["--set", "model.hashing.enabled=true", "--set", "model.hashing.rows=20"],
      ...["--set", `model.hashing.threshold=${threshold}`],
    ]);

  const [idle, acting] = [await run(5000), await run(500)];

  expect(idle.err).toContain("tables: model.hashing changes nothing, for no table has more than 5,000 rows");
  expect(acting.err).not.toContain("changes nothing");
});
