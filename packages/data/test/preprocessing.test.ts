import { describe, expect, test } from "vitest";
import {
  criteoRowsSource,
  csvRowsSource,
  denseNames,
  DLRM_FIT,
  encode,
  featureRows,
  fitPreprocessing,
  inferSchema,
  parsePreprocessing,
  RECOMMENDED_FIT,
  type CategoryOptions,
  type DataSource,
  type FitOptions,
} from "@dqrm/data";
import { textInput } from "./byte-input.ts";
import { generateCriteoLines, plainLine } from "./criteo-lines.ts";
import { messageOf } from "./read-rows.ts";
import { readSamples } from "./read-samples.ts";

const roomy = { maxMemoryBytes: 1e9 };
const criteo = (...lines: readonly string[]): DataSource =>
  criteoRowsSource([textInput("a", lines.join("\n"))]);
const everything: CategoryOptions = { kind: "vocabulary", minCount: 1, hashRows: 0, maxIndexRange: 0 };

async function csv(text: string): Promise<DataSource> {
  return csvRowsSource([textInput("a", text)], await inferSchema(textInput("a", text), {}));
}

async function encodeWith(source: DataSource, fit: FitOptions) {
  const preprocessing = await fitPreprocessing(source, fit);
  return { preprocessing, samples: readSamples(await encode(source, preprocessing, roomy)) };
}

describe("dense features", () => {
  test("as in DLRM: ln(1 + x) of what is not negative, missing and negative as 0", async () => {
    const source = criteo(plainLine({ 1: "7", 2: "", 3: "-2", 4: "0" }));

    const { samples } = await encodeWith(source, DLRM_FIT);

    expect(samples[0].dense.slice(0, 4)).toEqual([Math.fround(Math.log(8)), 0, 0, 0]);
    expect(samples[0].dense).toHaveLength(13);
  });

  test("recommended: standardised, with a flag for columns that miss values", async () => {
    // ln(1 + x) of 0, e - 1 rounded to 1.718281828459045, and nothing: mean 0.5, deviation 0.5.
    const source = await csv("y,x,z\n1,0.0,1.5\n0,1.718281828459045,1.5\n1,,1.5\n");

    const { preprocessing, samples } = await encodeWith(source, RECOMMENDED_FIT);

    expect(denseNames(preprocessing)).toEqual(["x", "z", "x missing"]);
    expect(samples.map(({ dense }) => dense)).toEqual([
      [-1, 0, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  test("a signed column keeps its sign when it is standardised", async () => {
    const source = await csv("y,x\n1,-1.5\n0,0.5\n");

    const { preprocessing, samples } = await encodeWith(source, RECOMMENDED_FIT);

    // mean -0.5, deviation 1
    expect(preprocessing.dense[0]).toMatchObject({ transform: "none", mean: -0.5, deviation: 1 });
    expect(samples.map(({ dense }) => dense)).toEqual([[-1], [1]]);
  });

  test("nothing is learnt from samples that do not train", async () => {
    const source = await csv("y,x,shop\n1,0.5,a\n0,1.5,a\n0,900.5,b\n");
    const fit: FitOptions = {
      dense: { transform: "none", standardize: true, missingFlags: true },
      categories: everything,
      training: (sample) => sample < 2,
    };

    const { preprocessing, samples } = await encodeWith(source, fit);

    expect(preprocessing.dense[0]).toMatchObject({ mean: 1, deviation: 0.5 });
    expect(samples.map(({ bags }) => bags)).toEqual([[[1]], [[1]], [[0]]]);
  });
});

describe("categories", () => {
  test("rare and unseen values share row 0, the others are numbered as they appear", async () => {
    const source = await csv("y,shop\n1,b\n0,a\n0,a\n1,c\n0,b\n1,\n0,\n");

    const { preprocessing, samples } = await encodeWith(source, {
      ...RECOMMENDED_FIT,
      categories: { ...everything, minCount: 2 },
    });

    expect(featureRows(preprocessing.features[0])).toBe(4);
    expect(samples.map(({ bags }) => bags[0])).toEqual([[1], [2], [2], [0], [1], [3], [3]]);
  });

  test("as in DLRM: a dictionary by first appearance in which missing is code 0", async () => {
    const source = criteo(
      plainLine({ 14: "ff" }),
      plainLine({ 14: "" }),
      plainLine({ 14: "0" }),
      plainLine({ 14: "FF" }),
    );

    const { preprocessing, samples } = await encodeWith(source, DLRM_FIT);

    expect(featureRows(preprocessing.features[0])).toBe(2);
    expect(samples.map(({ bags }) => bags[0])).toEqual([[0], [1], [1], [0]]);
  });

  test("as in DLRM with a range: codes modulo the range before the dictionary", async () => {
    const source = criteo(plainLine({ 14: "b" }), plainLine({ 14: "1" }), plainLine({ 14: "2" }));
    const fit = { ...DLRM_FIT, categories: { ...DLRM_FIT.categories, maxIndexRange: 10 } };

    const { samples } = await encodeWith(source, fit);

    expect(samples.map(({ bags }) => bags[0])).toEqual([[0], [0], [1]]);
  });

  test("modulo alone needs no dictionary", async () => {
    const source = criteo(plainLine({ 14: "b" }), plainLine({ 14: "" }), plainLine({ 14: "ffffffff" }));
    const fit = { ...DLRM_FIT, categories: { ...everything, kind: "modulo", maxIndexRange: 10 } } as const;

    const { preprocessing, samples } = await encodeWith(source, fit);

    expect(featureRows(preprocessing.features[0])).toBe(10);
    // 11 mod 10, missing as 0, 4294967295 mod 10
    expect(samples.map(({ bags }) => bags[0])).toEqual([[1], [0], [5]]);
  });

  test("a missing code has a row of its own unless told otherwise", async () => {
    const source = criteo(plainLine({ 14: "" }), plainLine({ 14: "0" }), plainLine({ 14: "" }));

    const { samples } = await encodeWith(source, { ...DLRM_FIT, categories: everything });

    expect(samples.map(({ bags }) => bags[0])).toEqual([[1], [2], [1]]);
  });

  test("multi-valued cells become bags, empty ones empty bags", async () => {
    const source = await csv("y,tags\n1,a|b\n0,\n1,b|c|b\n0,a|c\n1,c|a\n");

    const { samples } = await encodeWith(source, { ...RECOMMENDED_FIT, categories: everything });

    expect(samples.map(({ bags }) => bags[0])).toEqual([[1, 2], [], [2, 3, 2], [1, 3], [3, 1]]);
  });

  test("columns can have settings of their own", async () => {
    const source = await csv("y,shop,city\n1,a,x\n0,b,x\n");
    const columns = { shop: { ...everything, kind: "hash", hashRows: 8 } } as const;

    const { preprocessing } = await encodeWith(source, { ...RECOMMENDED_FIT, columns });

    expect(preprocessing.features.map(featureRows)).toEqual([8, 1]);
    expect(
      await messageOf(fitPreprocessing(source, { ...RECOMMENDED_FIT, columns: { shoe: everything } })),
    ).toBe("fitPreprocessing: columns is shoe, expected shop, city");
  });

  test("a column may be called as a property of every object is", async () => {
    const source = await csv("y,__proto__,constructor\n1,a,b\n0,c,b\n");
    const fit = { ...RECOMMENDED_FIT, categories: everything, columns: {} };

    const { preprocessing } = await encodeWith(source, fit);

    expect(preprocessing.features.map(featureRows)).toEqual([3, 2]);
  });

  test("more values than allowed are refused", async () => {
    const categories = { ...everything, maxValues: 1 };
    const message =
      "number of distinct values of column shop (hashing needs no list of them) is 2, more than maxValues";

    const texts = fitPreprocessing(await csv("y,shop\n1,a\n0,b\n"), { ...RECOMMENDED_FIT, categories });
    const codes = fitPreprocessing(criteo(plainLine(), plainLine({ 14: "2" })), { ...DLRM_FIT, categories });

    expect(await messageOf(texts)).toContain(message);
    expect(await messageOf(codes)).toContain(message.replace("shop", "C1"));
  });

  test("a value that fitting did not see is refused by a dictionary, with its place", async () => {
    const preprocessing = await fitPreprocessing(criteo(plainLine({ 14: "a" })), DLRM_FIT);

    const encoding = encode(criteo(plainLine({ 14: "a" }), plainLine({ 14: "bc" })), preprocessing, roomy);

    expect(await messageOf(encoding)).toBe('a:2: found "bc", expected a value of C1 that fitting saw');
  });
});

describe("saved preprocessing", () => {
  test.each([
    ["vocabulary", RECOMMENDED_FIT],
    ["dictionary", DLRM_FIT],
    [
      "hash",
      {
        ...RECOMMENDED_FIT,
        categories: { ...everything, kind: "hash", hashRows: 100, hashSeed: 3 },
      } as const,
    ],
    [
      "modulo",
      { ...RECOMMENDED_FIT, categories: { ...everything, kind: "modulo", maxIndexRange: 100 } } as const,
    ],
  ])("encodes after JSON as before it: %s", async (_, fit) => {
    const source = criteo(...generateCriteoLines(300, 5).map(({ text }) => text));
    const preprocessing = await fitPreprocessing(source, fit);

    const parsed = parsePreprocessing("preprocessing.json", JSON.stringify(preprocessing));

    expect(parsed).toEqual(preprocessing);
    const [before, after] = [await encode(source, preprocessing, roomy), await encode(source, parsed, roomy)];
    expect(readSamples(after)).toEqual(readSamples(before));
  });

  test.each([
    [
      "an unknown key",
      '"version":1',
      '"version":1,"x":1',
      "p.json: x is unknown, expected one of version, schema",
    ],
    ["a forbidden key", '"version":1', '"version":1,"__proto__":{}', "p.json: __proto__ is forbidden"],
    [
      "a zero deviation",
      '"deviation":1,',
      '"deviation":0,',
      "p.json: dense[0].deviation is 0, expected a number",
    ],
    ["another column", '"column":"x"', '"column":"z"', 'p.json: dense is "z", expected the columns x'],
    [
      "a repeated value",
      '["a","b"]',
      '["a","a"]',
      'features[0].values.list is "a repeated one", expected values that',
    ],
    [
      "an unknown kind",
      '"kind":"vocabulary"',
      '"kind":"tree"',
      'features[0].kind is "tree", expected one of',
    ],
    [
      "a negative modulo",
      '"modulo":0',
      '"modulo":-1',
      "features[0].modulo is -1, expected an integer from 0",
    ],
  ])("refuses %s", async (_, from, to, message) => {
    const fit = { dense: DLRM_FIT.dense, categories: everything };
    const text = JSON.stringify(await fitPreprocessing(await csv("y,x,shop\n1,2.5,a\n0,1.5,b\n"), fit));

    expect(() => parsePreprocessing("p.json", text.replace(from, to))).toThrow(message);
  });

  test("refuses a source with other columns", async () => {
    const preprocessing = await fitPreprocessing(await csv("y,x,shop\n1,2.5,a\n"), RECOMMENDED_FIT);

    const message = await messageOf(encode(await csv("y,x,city\n1,2.5,a\n"), preprocessing, roomy));

    expect(message).toBe(
      "a: columns is csv: x numeric, city categorical, expected csv: x numeric, shop categorical",
    );
  });

  test("refuses more memory than allowed", async () => {
    const source = await csv("y,x\n1,2.5\n");
    const preprocessing = await fitPreprocessing(source, RECOMMENDED_FIT);

    // one label and one dense value: 8 bytes
    expect(await messageOf(encode(source, preprocessing, { maxMemoryBytes: 7 }))).toBe(
      "bytes of the samples of a (encode them to a file instead) is 8, more than maxMemoryBytes = 7 allows",
    );
    expect((await encode(source, preprocessing, { maxMemoryBytes: 8 })).samples).toBe(1);
  });
});
