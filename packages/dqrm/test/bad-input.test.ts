import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listCheckpoints } from "@dqrm/dlrm/node";
import { beforeAll, describe, expect, test } from "vitest";
import { done, excerpt, failure, scratchFolder, sharedFolder, SMALL } from "./call.ts";

const ADULT = excerpt("adult-train-400.csv");

/** A trained model with two checkpoints, which tests copy before they damage it. */
const shared = sharedFolder();
let trained: string;
beforeAll(async () => {
  trained = join(shared, "model");
  await done(["train", "--data", ADULT, "--out", trained, "--epochs", "2", ...SMALL]);
});

function copyOfModel(): string {
  const copy = join(scratchFolder(), "model");
  cpSync(trained, copy, { recursive: true });
  return copy;
}

function written(name: string, text: string): string {
  const path = join(scratchFolder(), name);
  writeFileSync(path, text);
  return path;
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] ^= 0x10;
  writeFileSync(path, bytes);
}

const train = (data: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--data", data, "--out", join(scratchFolder(), "model"), "--epochs", "1", ...SMALL, ...more],
];

describe("data", () => {
  test("a missing file is an IO error that says what was expected", async () => {
    const { code, line } = await failure(train("absent.csv"));

    expect(code).toBe(1);
    expect(line).toBe("error IO: read absent.csv: no such file, expected a click log");
  });

  test("a pattern without a file is an IO error", async () => {
    const { code, line } = await failure(train(join(scratchFolder(), "day_*.gz")));

    expect(code).toBe(1);
    expect(line).toMatch(/^error IO: .*day_\*\.gz/);
  });

  test.each([
    ["an empty file", ""],
    ["a header without rows", "click,item\n"],
  ])("%s is an error that names it", async (_name, text) => {
    const path = written("clicks.csv", text);

    const { code, line } = await failure(train(path));

    expect(code).toBe(1);
    expect(line).toMatch(/^error (DATA|FORMAT|CONFIG|VALUE): /);
    expect(line).toContain("expected");
    expect(line).toContain(path);
  });

  test("a label that is no number is named with file and line", async () => {
    const rows = Array.from(
      { length: 50 },
      (_, i) => `${i === 30 ? "yes" : String(i % 2)},shop-${i % 5},${i / 7}`,
    );
    const path = written("clicks.csv", `click,shop,price\n${rows.join("\n")}\n`);

    const { code, line } = await failure(train(path, "--label", "click"));

    expect(code).toBe(1);
    // Row 30, counted from 0, stands on line 32, below the header.
    expect(line).toContain(`error DATA: ${path}:32`);
    expect(line).toContain("expected");
  });

  test("a label that no column has is answered with the columns", async () => {
    const { code, line } = await failure(train(ADULT, "--label", "clicks"));

    expect(code).toBe(1);
    expect(line).toMatch(/^error CONFIG: .*"clicks", expected one of age, /);
  });

  test("other columns than the model was trained on are named at evaluate", async () => {
    const path = excerpt("open-bandit-random-men-400.csv.gz");

    const { code, line } = await failure(["evaluate", "--model", trained, "--data", path]);

    expect(code).toBe(1);
    expect(line).toBe(`error DATA: ${path}:1: found none, expected a numeric column named "age"`);
  });

  test("generated samples for a model of a click log are refused", async () => {
    const { code, line } = await failure([
      "evaluate",
      "--model",
      trained,
      "--data",
      "synthetic:planted?rows=9",
    ]);

    expect(code).toBe(1);
    expect(line).toBe("error CONFIG: command line: --data is synthetic:planted?rows=9, expected a click log");
  });

  test("an unknown option of generated data is answered with the known ones", async () => {
    const { code, line } = await failure(train("synthetic:planted?rows=100&sead=1"));

    expect(code).toBe(1);
    expect(line).toMatch(/^error CONFIG: .*sead is unknown, expected one of rows, seed/);
  });
});

describe("a model directory", () => {
  test("that is absent is an IO error", async () => {
    for (const args of [
      ["evaluate", "--model", "absent", "--data", ADULT],
      ["predict", "--model", "absent", "--data", ADULT],
      ["inspect", "absent"],
    ]) {
      const { code, line } = await failure(args);

      expect(code).toBe(1);
      expect(line).toMatch(/^error IO: read absent: no such file, expected a model directory/);
    }
  });

  test.each(["model.safetensors", "config.json", "preprocessing.json", "manifest.json"])(
    "with a changed byte in %s is refused by evaluate, naming the file",
    async (file) => {
      const model = copyOfModel();
      flipByte(join(model, file), 20);

      const { code, line } = await failure(["evaluate", "--model", model, "--data", ADULT]);

      expect(code).toBe(1);
      expect(line).toMatch(/^error (FORMAT|CONFIG): /);
      expect(line).toContain(file);
    },
  );

  test("whose weights are cut off is a FORMAT error", async () => {
    const model = copyOfModel();
    const path = join(model, "model.safetensors");
    truncateSync(path, readFileSync(path).length - 1);

    for (const args of [
      ["evaluate", "--model", model, "--data", ADULT],
      ["inspect", model],
    ]) {
      const { code, line } = await failure(args);

      expect(code).toBe(1);
      expect(line).toMatch(/^error FORMAT: .*model\.safetensors/);
    }
  });
});

describe("a checkpoint", () => {
  test("that was changed is refused by --resume, which names the one before it", async () => {
    const model = copyOfModel();
    const [newest, before] = await listCheckpoints(model);
    flipByte(join(newest.path, "optimizer.safetensors"), 3000);

    const { code, line } = await failure(["train", "--data", ADULT, "--resume", model, "--epochs", "3"]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error FORMAT: .*optimizer\.safetensors/);
    expect(line).toContain(`step-${before.step}`);
  });

  test("that is cut off is refused by --resume", async () => {
    const model = copyOfModel();
    const [newest] = await listCheckpoints(model);
    truncateSync(join(newest.path, "model.safetensors"), 100);

    const { code, line } = await failure(["train", "--data", ADULT, "--resume", model, "--epochs", "3"]);

    expect(code).toBe(1);
    expect(line).toMatch(/^error FORMAT: .*model\.safetensors/);
  });
});

describe("JSON with __proto__ is refused", () => {
  const proto = '{"__proto__": {"polluted": 1}}';

  test.each([
    ["a configuration file", (path: string) => train(ADULT, "--preset", path)],
    ["a schema file", (path: string) => train(ADULT, "--schema", path)],
  ])("in %s", async (_name, args) => {
    const path = written("evil.json", proto);

    const { code, line } = await failure(args(path));

    expect(code).toBe(1);
    expect(line).toContain(path);
    expect(line).toContain("__proto__");
  });

  test("in a model's manifest, which lists the checksums of its other files", async () => {
    const model = copyOfModel();
    writeFileSync(join(model, "manifest.json"), proto);

    const { code, line } = await failure(["evaluate", "--model", model, "--data", ADULT]);

    expect(code).toBe(1);
    expect(line).toContain(join(model, "manifest.json"));
    expect(line).toContain("__proto__");
  });

  test("in --set", async () => {
    const { code, line } = await failure(train(ADULT, "--set", `model=${proto}`));

    expect(code).toBe(1);
    expect(line).toContain("__proto__");
    expect((await failure(train(ADULT, "--set", "__proto__.polluted=1"))).code).toBe(1);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("configuration", () => {
  test("an unknown key of --set is answered with the known ones", async () => {
    const { code, line } = await failure(train(ADULT, "--set", "training.epochz=1"));

    expect(code).toBe(1);
    expect(line).toMatch(/^error CONFIG: --set: training\.epochz is .*expected one of the keys batchSize/);
  });

  test("an unknown key of a file is named with the file", async () => {
    const path = written("config.json", JSON.stringify({ version: 1, modle: {} }));

    const { code, line } = await failure(train(ADULT, "--preset", path));

    expect(code).toBe(1);
    expect(line).toContain(`error CONFIG: ${path}: modle`);
  });

  test("a configuration file that was written by training is a preset", async () => {
    const out = join(scratchFolder(), "model");

    await done(["train", "--data", ADULT, "--preset", join(trained, "config.json"), "--out", out]);

    expect(readFileSync(join(out, "model.safetensors"))).toEqual(
      readFileSync(join(trained, "model.safetensors")),
    );
  });

  test("an unknown preset is answered with the known ones", async () => {
    const { code, line } = await failure(train(ADULT, "--preset", "kagle"));

    expect(code).toBe(1);
    expect(line).toBe(
      'error CONFIG: command line: --preset is "kagle", expected demo, kaggle, terabyte, mlperf, recommended or a JSON file',
    );
  });
});

describe("a learning rate that grows beyond all numbers", () => {
  test("ends with NON_FINITE naming the step, and the checkpoint before it is whole", async () => {
    const out = join(scratchFolder(), "model");
    const rising = ["--learning-rate", "1e30", "--lr-num-warmup-steps", "1000000", "--optimizer", "sgd"];
    const args = ["train", "--data", ADULT, "--out", out, ...SMALL, ...rising, "--checkpoint-every", "1"];

    const { code, line } = await failure(args);

    expect(code).toBe(1);
    const step = Number(/^error NON_FINITE: training step (\d+) /.exec(line)?.[1]);
    expect(step).toBeGreaterThan(0);
    const [newest] = await listCheckpoints(out);
    expect(newest).toMatchObject({ step, state: { kind: "complete" } });
    expect((await failure(["train", "--data", ADULT, "--resume", out])).line).toContain(
      `training step ${step}`,
    );
  });
});
