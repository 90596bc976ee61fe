import {
  createKernels,
  reference,
  type ModelSpec,
  type PackedModel,
  type PackedRows,
  type TableQuantization,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import {
  decodePackedModel,
  decodeSafetensors,
  encodePackedModel,
  encodeSafetensors,
  joinBytes,
  layoutPackedModel,
  packModel,
  type Tensor,
} from "../src/index.ts";
import { randomState, smallSpec } from "./model-cases.ts";

/** Rows of the 26 Criteo Kaggle tables, as the DQRM paper's training logs list them. */
const KAGGLE_ROWS = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];

const kernels = createKernels([reference]);
const int4: TableQuantization = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
};

function kaggleSpec(rows: readonly number[], linearQuantization: ModelSpec["linearQuantization"]): ModelSpec {
  const layers = (sizes: readonly number[]): ModelSpec["bottom"] =>
    sizes.slice(1).map((outputs, k) => ({ inputs: sizes[k], outputs, activation: "relu" }));
  const top = layers([367, 512, 256, 1]);
  return {
    denseFeatures: 13,
    tables: rows.map((count, t) => {
      return { name: `C${t + 1}`, rows: count, cols: 16, quantization: int4, poolingWeights: "none" };
    }),
    features: rows.map((_, table) => ({ kind: "table", table, pooling: "sum" })),
    bottom: layers([13, 512, 256, 64, 16]),
    interaction: { kind: "dot", itself: false },
    top: [...top.slice(0, -1), { inputs: 256, outputs: 1, activation: "none" }],
    linearQuantization,
    loss: { kind: "bce", threshold: 0, weights: [1, 1] },
    optimizer: { kind: "sgd" },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

describe("the INT4 file of the Kaggle tables", () => {
  test("takes at most 270.2 MB, header and scales included, by computed layout", () => {
    const layout = layoutPackedModel(kaggleSpec(KAGGLE_ROWS, { kind: "none" }));

    const layers = layout.tensors.filter(({ name }) => /^(bottom|top)\./.test(name));
    const tableBytes = layout.fileBytes - sum(layers.map(({ begin, end }) => end - begin));
    // 33,762,577 rows of 8 bytes and 26 scales of 4 are 270,100,720 bytes; the rest is header and alignment.
    expect(sum(KAGGLE_ROWS) * 8 + 26 * 4).toBe(270_100_720);
    expect(tableBytes).toBeGreaterThan(270_100_720);
    expect(tableBytes).toBeLessThanOrEqual(270_200_000);
  });

  test("takes 0.2704 GB with the whole model in INT4", () => {
    const layers = { kind: "fake", bits: 4, granularity: "channel", bias: "same" } as const;

    const layout = layoutPackedModel(kaggleSpec(KAGGLE_ROWS, layers));

    // 475,985 parameters; a bias in 4 bits takes a byte, as each row starts on one.
    expect(layout.fileBytes).toBeLessThan(270_400_000);
  });

  test("holds, scaled down, what the layout says, byte for byte", () => {
    const rows = KAGGLE_ROWS.map((count) => Math.ceil(count / 10_000) + 2);
    const spec = kaggleSpec(rows, { kind: "none" });
    const model = packModel(spec, randomState(spec, 2), kernels);
    const parameters = sum(
      [...spec.bottom, ...spec.top].map(({ inputs, outputs }) => (inputs + 1) * outputs),
    );

    const { layout, parts } = encodePackedModel(model);
    const file = joinBytes(parts);

    expect(parameters).toBe(475_985);
    expect(file.length).toBe(
      layout.header.length + layout.paddingBytes + sum(rows) * 8 + 26 * 4 + 4 * parameters,
    );
    expect(layout).toEqual(layoutPackedModel(spec));
    for (const { begin, end, name } of layout.tensors) {
      const bytes = file.subarray(layout.header.length + begin, layout.header.length + end);
      expect([...bytes], name).toEqual([...expectedBytes(model, name, end - begin)]);
    }
  });
});

function expectedBytes(model: PackedModel, name: string, length: number): Uint8Array {
  const [stack, index, field] = name.split(".");
  const bytesOf = ({ buffer, byteLength, byteOffset }: Float32Array): Uint8Array =>
    new Uint8Array(buffer, byteOffset, byteLength);
  if (stack === "__padding__") return new Uint8Array(length);
  if (stack === "tables") {
    const table = packed(model.tables[Number(index)]);
    return field === "codes" ? table.codes : bytesOf(table.scale);
  }
  const layer = (stack === "bottom" ? model.bottom : model.top)[Number(index)];
  const values = field === "weight" ? layer.weight : layer.bias;
  if (!(values instanceof Float32Array)) throw new TypeError(`${name} is packed`);
  return bytesOf(values);
}

function packed(values: PackedRows | Float32Array): PackedRows {
  if (values instanceof Float32Array) throw new TypeError("not packed");
  return values;
}

describe("decodePackedModel", () => {
  const spec = smallSpec([int4, { kind: "none" }], {
    linearQuantization: { kind: "fake", bits: 8, granularity: "matrix", bias: "same" },
  });
  const model = packModel(spec, randomState(spec, 4), kernels);
  const file = joinBytes(encodePackedModel(model).parts);

  /** The file with its tensors and metadata changed. */
  function changed(
    changeTensors: (tensors: readonly Tensor[]) => readonly Tensor[],
    metadata: Readonly<Record<string, string>> = {},
  ): Uint8Array {
    const decoded = decodeSafetensors("f", file);
    const all = { ...Object.fromEntries(decoded.metadata), ...metadata };
    return joinBytes(encodeSafetensors(changeTensors([...decoded.tensors.values()]), all).parts);
  }

  test("gives back the model, as views of the file", () => {
    const decoded = decodePackedModel("f", file);

    expect(decoded).toEqual(model);
    expect(packed(decoded.tables[0]).codes.buffer).toBe(file.buffer);
  });

  test("gives back an asymmetric table with a scale and a bias for each row", () => {
    const rows: PackedRows = {
      format: { bits: 4, cols: 5, scheme: "asymmetric", granularity: { kind: "row" } },
      rows: 300,
      codes: new Uint8Array(900).fill(7),
      scale: new Float32Array(300).fill(0.5),
      bias: new Float32Array(300).fill(-1),
    };
    const other = { ...model, tables: [rows, ...model.tables.slice(1)] };

    expect(decodePackedModel("f", joinBytes(encodePackedModel(other).parts))).toEqual(other);

    rows.bias[7] = Number.NaN;
    expect(() => decodePackedModel("f", joinBytes(encodePackedModel(other).parts))).toThrow(
      /finite .*NaN|NaN.* finite/,
    );
  });

  test("gives back a table with a dead zone, and refuses a negative threshold", () => {
    const rows: PackedRows = {
      format: { bits: 4, cols: 5, scheme: "dead-zone-log", granularity: { kind: "table" } },
      rows: 300,
      codes: new Uint8Array(900).fill(7),
      scale: Float32Array.of(0.5),
      bias: Float32Array.of(0.03),
    };
    const other = { ...model, tables: [rows, ...model.tables.slice(1)] };

    expect(decodePackedModel("f", joinBytes(encodePackedModel(other).parts))).toEqual(other);

    rows.bias[0] = -0.03;
    expect(() => decodePackedModel("f", joinBytes(encodePackedModel(other).parts))).toThrow(
      "expected finite tops and thresholds >= 0",
    );
  });

  const same = (tensors: readonly Tensor[]): readonly Tensor[] => tensors;
  const without = (tensors: readonly Tensor[]): readonly Tensor[] =>
    tensors.filter(({ name }) => name !== "tables.0.scale");
  const extra: Tensor = { name: "x", dtype: "U8", shape: [1], data: Uint8Array.of(1) };
  const infinite = (tensors: readonly Tensor[]): readonly Tensor[] => [
    ...without(tensors),
    { name: "tables.0.scale", dtype: "F32", shape: [1], data: Float32Array.of(Infinity) },
  ];
  const rowsKey = "dqrm.rows.tables.0";
  const description = (fields: object): string =>
    JSON.stringify({
      bits: 4,
      rows: 300,
      cols: 5,
      scheme: "symmetric",
      granularity: { kind: "table" },
      ...fields,
    });
  const cases: readonly (readonly [string, Uint8Array, string, string])[] = [
    ["a missing tensor", changed(without), "FORMAT", "expected tensor tables.0.scale F32 [1]"],
    ["another tensor", changed((t) => [...t, extra]), "FORMAT", 'found tensor "x"'],
    ["a scale that is not finite", changed(infinite), "FORMAT", "expected finite scales"],
    [
      "another format",
      changed(same, { format: "pt" }),
      "FORMAT",
      'expected metadata format "dqrm-packed-model"',
    ],
    [
      "another version",
      changed(same, { version: "2" }),
      "FORMAT",
      'found "2", expected metadata version "1"',
    ],
    [
      "other rows",
      changed(same, { [rowsKey]: description({ rows: 299 }) }),
      "FORMAT",
      "expected 300 rows of 5",
    ],
    [
      // 6 columns of 4 bits take the 3 bytes that 5 take.
      "other columns of as many bytes",
      changed(same, { [rowsKey]: description({ cols: 6 }) }),
      "FORMAT",
      "300 rows of 6 columns",
    ],
    [
      "other bits",
      changed(same, { [rowsKey]: description({ bits: 8 }) }),
      "FORMAT",
      "expected tensor tables.0.codes U8 [300, 5]",
    ],
    ["unknown bits", changed(same, { [rowsKey]: description({ bits: 9 }) }), "CONFIG", "bits is 9"],
    [
      "bits that a dead zone cannot have",
      changed(same, { [rowsKey]: description({ bits: 16, scheme: "dead-zone" }) }),
      "CONFIG",
      "bits is 16, expected 2 to 8 for dead-zone",
    ],
    ["__proto__ in a description", changed(same, { [rowsKey]: '{"__proto__":{}}' }), "CONFIG", "__proto__"],
    ["a spec that is no JSON", changed(same, { "dqrm.spec": "{" }), "CONFIG", "expected valid JSON"],
    ["__proto__ in the spec", changed(same, { "dqrm.spec": '{"__proto__":{}}' }), "CONFIG", "__proto__"],
    [
      "a spec with an unknown key",
      changed(same, { "dqrm.spec": JSON.stringify({ ...spec, z: 1 }) }),
      "CONFIG",
      "z is an unknown key",
    ],
    [
      "a spec whose parts do not fit",
      changed(same, { "dqrm.spec": JSON.stringify({ ...spec, denseFeatures: 4 }) }),
      "VALUE",
      "inputs of bottom[0] is 3, expected 4",
    ],
  ];
  test.each(cases)("refuses %s", (_, bytes, code, message) => {
    let error: unknown;
    try {
      decodePackedModel("f", bytes);
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(message);
  });
});

test("a model whose description could not be read again is not written", () => {
  const spec = smallSpec([int4, int4]);
  const model = packModel(spec, randomState(spec, 4), kernels);

  expect(() => encodePackedModel({ ...model, spec: { ...spec, denseFeatures: 4 } })).toThrow(
    "inputs of bottom[0] is 3, expected 4",
  );
});
