import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { done, failure, lastJson, scratchFolder, SMALL } from "./call.ts";

interface Sized {
  readonly name: string;
  readonly bytes: number;
  readonly scaleBytes?: number;
}

/** Rows of one part of the JSON, by name. */
async function sizes(part: "sizes" | "models", args: readonly string[]): Promise<ReadonlyMap<string, Sized>> {
  // The command's own types say what its JSON holds.
  const list = lastJson(await done(["plan", ...args, "--json"]))[part] as readonly Sized[];
  return new Map(list.map((row) => [row.name, row]));
}

describe("the sizes of a shape are the paper's", () => {
  test.each([
    // 33,762,577 rows of 16: 64 bytes a row in floats, 16, 8 and 4 in codes.
    ["kaggle", "FP32", 2_160_804_928, 0],
    ["kaggle", "INT8", 540_201_232, 104],
    ["kaggle", "INT4", 270_100_616, 104],
    ["kaggle", "INT2", 135_050_308, 104],
    ["kaggle", "INT4, one scale a row", 270_100_616, 135_050_308],
    ["terabyte", "FP32", 12_573_145_344, 0],
    ["terabyte", "INT4", 1_571_643_168, 104],
    // 204,184,588 rows of 128.
    ["mlperf", "FP32", 104_542_509_056, 0],
    ["mlperf", "INT4", 13_067_813_632, 104],
  ])("%s in %s", async (shape, name, bytes, scaleBytes) => {
    const row = (await sizes("sizes", ["--shape", shape])).get(name);

    expect(row).toMatchObject({ bytes, scaleBytes });
  });

  test("whole models come to the paper's gigabytes", async () => {
    const kaggle = await sizes("models", ["--shape", "kaggle"]);
    const terabyte = await sizes("models", ["--shape", "terabyte"]);
    const gigabytes = (row: Sized | undefined): string => ((row?.bytes ?? 0) / 1e9).toFixed(3);

    // The paper says 2.161 (tables alone), 0.271 and 0.270 GB; 12.575 and 1.572 GB.
    expect(gigabytes(kaggle.get("FP32, layers FP32"))).toBe("2.163");
    expect(gigabytes(kaggle.get("INT4, layers FP32"))).toBe("0.272");
    expect(gigabytes(kaggle.get("INT4, layers INT4"))).toBe("0.270");
    expect(gigabytes(terabyte.get("FP32, layers FP32"))).toBe("12.576");
    expect(gigabytes(terabyte.get("INT4, layers INT4"))).toBe("1.572");
    // 33,762,577 rows of 8 + 4 bytes and 475,985 weights are the 405.65 MB of the phone's file but for its own overhead.
    expect(gigabytes(kaggle.get("INT4 rows of FBGEMM, layers INT8"))).toBe("0.406");
  });

  test("a hundred gigabytes become 10 MB of shared floats, and 1.25 MB and scales in INT4", async () => {
    const rows = await sizes("sizes", ["--shape", "mlperf", "--budget", "10MB"]);

    expect(rows.get("ROBE, 2,500,000 cells, FP32")).toMatchObject({ bytes: 10_000_000, scaleBytes: 0 });
    expect(rows.get("ROBE, 2,500,000 cells, INT4, one scale")).toMatchObject({
      bytes: 1_250_000,
      scaleBytes: 4,
    });
    expect(rows.get("ROBE, 2,500,000 cells, INT4, a scale each 32")).toMatchObject({
      bytes: 1_250_000,
      scaleBytes: 312_500,
    });
    // A thousandth and a ten-thousandth of 204,184,588 · 128 weights, in whole blocks of 32.
    expect(rows.get("ROBE, 26,135,616 cells, FP32")).toMatchObject({ bytes: 104_542_464 });
    expect(rows.get("ROBE, 2,613,536 cells, FP32")).toMatchObject({ bytes: 10_454_144 });
  });

  test("the text has the tables, the layers and what the paper says", async () => {
    const { out } = await done(["plan", "--shape", "kaggle"]);

    expect(out).toContain("kaggle: 26 tables, 33,762,577 rows of 16 columns");
    expect(out).toMatch(/^INT4 +270,100,616 +104 +270\.1 MB +8\.0× +0\.0397$/m);
    expect(out).toMatch(/^INT4, layers INT4 +270,352,969 +0\.270 GB$/m);
  });
});

describe("a plan", () => {
  const OWN = ["plan", "--rows", "100,3000,200000", "--dim", "8", "--sharing", "none"];

  test("takes no more than its budget, and no less than it says", async () => {
    const { assignments, plan } = lastJson(await done([...OWN, "--budget", "1MB", "--json"]));

    // 203,100 rows of 8: at 32, 8 and 4 bits 3200 + (24,000 + 4) + (800,000 + 4) bytes; 5 bits for the longest are too many.
    expect(plan).toMatchObject({ shared: null });
    expect(JSON.stringify(assignments)).toContain("minRows");
    const { bytes } = plan as { readonly bytes: number };
    expect(bytes).toBeLessThanOrEqual(1e6);
    expect(bytes).toBeGreaterThan(8e5);
  });

  test.each([
    ["tables of their own", "none", "2500"],
    ["an array for the longest", "robe", "1200"],
  ])(
    "is written as a configuration that trains %s, and the model has the planned size",
    async (_case, sharing, budget) => {
      const out = scratchFolder();
      const file = join(out, "plan.json");
      const preset = join(out, "first", "config.json");
      const trained = ["train", "--data", "synthetic:planted?rows=400&seed=1&tableRows=10,300,900", "--out"];
      await done([...trained, join(out, "first"), "--preset", "demo", "--epochs", "1", ...SMALL]);

      const rows = ["--rows", "10,300,900", "--dim", "4", "--preset", preset, "--dense", "4"];
      const call = ["plan", ...rows, "--sharing", sharing, "--budget", budget, "--out", file, "--json"];
      const { fileBytes, plan } = lastJson(await done(call));
      await done([...trained, join(out, "model"), "--preset", file]);

      const { shared } = plan as { readonly shared: unknown };
      expect(shared === null).toBe(sharing === "none");
      expect(statSync(join(out, "model", "model.safetensors")).size).toBe(fileBytes);
    },
  );

  test("tells how to train it, with what its model changes in the preset", async () => {
    const { out } = await done([...OWN, "--budget", "1MB"]);

    expect(out).toContain("--preset recommended");
    expect(out).toContain("--set model.embeddingDim=8");
    expect(out).not.toContain("model.robe.enabled");
  });

  test("says what would be enough when a budget is not", async () => {
    const { code, line, out } = await failure([...OWN, "--budget", "1kB"]);

    // 2 bits: 2 bytes a row of 8, and 4 for the scale of each of three tables.
    expect(code).toBe(1);
    expect(line).toBe(
      "error VALUE: planTables: budgetBytes is 1000, expected at least 406212, what the least plan takes",
    );
    expect(out).toBe("");
  });

  test("reads tables from a file, as row counts, as objects, or as inspect prints them", async () => {
    const folder = scratchFolder();
    const forms = [
      [10, 2000],
      [
        { name: "a", rows: 10 },
        { rows: 2000, lookups: 3 },
      ],
      { tables: [{ rows: 10 }, { rows: 2000 }] },
    ];

    const names = await Promise.all(
      forms.map(async (form, f) => {
        const file = join(folder, `${f}.json`);
        writeFileSync(file, JSON.stringify(form));
        const { tables } = lastJson(await done(["plan", "--tables", file, "--dim", "4", "--json"]));
        return (tables as readonly { name: string; rows: number; lookups: number }[]).map(
          ({ lookups, name, rows: count }) => `${name} ${count} ${lookups}`,
        );
      }),
    );

    expect(names).toEqual([
      ["table-0 10 1", "table-1 2000 1"],
      ["a 10 1", "table-1 2000 3"],
      ["table-0 10 1", "table-1 2000 1"],
    ]);
  });

  test.each([
    ['{"tables":7}', "tables is 7, expected a list of tables"],
    ["[0]", "tables.0.rows is 0, expected an integer in"],
    ['[{"rows":5,"lookups":-1}]', "tables.0.lookups is -1, expected rows"],
    ['[{"rows":5,"name":1}]', "tables.0.name is 1, expected text"],
  ])("refuses the tables %s", async (text, message) => {
    const file = join(scratchFolder(), "tables.json");
    writeFileSync(file, text);

    const { code, line } = await failure(["plan", "--tables", file]);

    expect(code).toBe(1);
    expect(line).toContain("error CONFIG: ");
    expect(line).toContain(message);
  });

  test.each([
    [[], "expected one of --shape, --rows and --tables"],
    [["--rows", "5", "--tables", "x"], "expected one of --shape, --rows and --tables"],
    [["--shape", "kaggle", "--dim", "8"], "expected no --rows, --tables, --dim or --dense"],
    [["--shape", "kaggle", "--budget", "ten"], "expected bytes, as 10MB"],
    [["--shape", "kaggle", "--budget", "-1MB"], "expected bytes, as 10MB"],
    [["--shape", "kaggle", "--budget", "1e9GB"], "expected bytes, as 10MB"],
    [["--shape", "kaggle", "--budget", "1PB"], "expected bytes, as 10MB"],
    [["--shape", "kaggle", "--widths", "4,9"], "expected 1, 2, 3, 4, 5, 6, 7, 8, 16 or 32"],
    [["--shape", "kaggle", "--alpha", "11"], "expected a number in [0, 10]"],
    [["--shape", "criteo"], "kaggle, terabyte, mlperf, demo"],
    [["--shape", "kaggle", "--out", "x.json"], "--out needs --budget"],
    [["--rows", "10,x"], "whole number of at least 1"],
  ])("refuses the call %j", async (args, message) => {
    const { code, line } = await failure(["plan", ...args]);

    expect(code).toBe(2);
    expect(line).toContain(message);
  });

  test.each([
    ["10MB", 10_000_000],
    ["1.5GB", 1_500_000_000],
    ["100MiB", 104_857_600],
    ["2kb", 2000],
    ["4096", 4096],
    ["0.5 KiB", 512],
  ])("takes a budget of %s for %i bytes", async (text, bytes) => {
    const { budgetBytes } = lastJson(
      await done(["plan", "--rows", "2", "--dim", "2", "--sharing", "none", "--budget", text, "--json"]),
    );

    expect(budgetBytes).toBe(bytes);
  });
});
