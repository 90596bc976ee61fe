import {
  createBlockRange,
  createRowGradient,
  scanRange,
  type Jagged,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import { f32, floats, i32, ones, u16, u8, type Arrays } from "./example-arrays.ts";
import { prepared, type OpExample } from "./op-example.ts";
import { SENT_EXAMPLES } from "./sent-examples.ts";

const ROWS = 5;
const COLS = 19;
const format: RowFormat = {
  bits: 4,
  cols: COLS,
  scheme: "asymmetric",
  granularity: { kind: "group", groupCols: 5 },
};
const SCALES = ROWS * 4;
const SAMPLES = 3;

const bagArrays = (): Arrays => ({
  indices: Int32Array.of(0, 4, 2, 2),
  offsets: Int32Array.of(0, 2, 2, 4),
  weights: Float32Array.of(1, -2, 0.5, 3),
});
const bagsOf = (arrays: Arrays): Jagged => ({
  indices: i32(arrays, "indices"),
  offsets: i32(arrays, "offsets"),
  weights: f32(arrays, "weights"),
});
const packedOf = (arrays: Arrays): PackedRows => ({
  format,
  rows: ROWS,
  codes: u8(arrays, "codes"),
  scale: f32(arrays, "scale"),
  bias: f32(arrays, "bias"),
});
const packedArrays = (): Arrays => ({
  codes: Uint8Array.from({ length: ROWS * 10 }, (_, i) => (i * 37) % 256),
  scale: ones(SCALES),
  bias: floats(SCALES),
});
const placed = { cols: COLS, pooling: "mean", stride: COLS + 2, offset: 1 } as const;
const PLACED = 3 * placed.stride;
const layer = { inputs: 37, outputs: 35 } as const;
const dot = { kind: "dot", itself: false, vectors: 4, cols: COLS } as const;
const DOTS = SAMPLES * (COLS + 6);
const gradientArrays = (): Arrays => ({
  outRows: new Int32Array(4),
  outValues: new Float32Array(4 * COLS),
  outSlots: new Int32Array(8),
});
const gradientOf = (arrays: Arrays): ReturnType<typeof createRowGradient> => ({
  cols: COLS,
  count: 0,
  rows: i32(arrays, "outRows"),
  values: f32(arrays, "outValues"),
  slots: i32(arrays, "outSlots"),
});
function rangeArrays(table: Float32Array): Arrays {
  const range = createBlockRange(ROWS);
  scanRange(table, ROWS, COLS, range);
  return { tree: range.tree, dirty: range.dirty };
}

/** Lists a call of every op. */
export const OP_EXAMPLES: readonly OpExample[] = [
  {
    op: "embeddingBag",
    arrays: () => ({ table: floats(ROWS * COLS), ...bagArrays(), dst: new Float32Array(PLACED) }),
    call: (backend, a) =>
      prepared(backend, "embeddingBag", placed)(f32(a, "table"), ROWS, bagsOf(a), f32(a, "dst"), 0, 3),
  },
  {
    op: "embeddingBagFakeQuant",
    arrays: () => ({
      table: floats(ROWS * COLS),
      scale: ones(1),
      ...bagArrays(),
      dst: new Float32Array(PLACED),
    }),
    call: (backend, a) => {
      const spec = { ...placed, bits: 4, granularity: { kind: "table" } } as const;
      prepared(backend, "embeddingBagFakeQuant", spec)(
        f32(a, "table"),
        ROWS,
        f32(a, "scale"),
        bagsOf(a),
        f32(a, "dst"),
        0,
        3,
      );
    },
  },
  {
    op: "embeddingBagPacked",
    arrays: () => ({ ...packedArrays(), ...bagArrays(), dst: new Float32Array(PLACED) }),
    call: (backend, a) => {
      const { pooling, stride, offset } = placed;
      prepared(backend, "embeddingBagPacked", { format, pooling, stride, offset })(
        packedOf(a),
        bagsOf(a),
        f32(a, "dst"),
        0,
        3,
      );
    },
  },
  {
    op: "embeddingBagBackward",
    elastic: ["offsets", "outRows"],
    arrays: () => ({ gradient: floats(PLACED), ...bagArrays(), ...gradientArrays() }),
    call: (backend, a) =>
      prepared(backend, "embeddingBagBackward", placed)(f32(a, "gradient"), ROWS, bagsOf(a), gradientOf(a)),
  },
  {
    op: "embeddingBagWeightGradient",
    arrays: () => ({
      gradient: floats(PLACED),
      table: floats(ROWS * COLS),
      ...bagArrays(),
      dst: new Float32Array(4),
    }),
    call: (backend, a) =>
      prepared(backend, "embeddingBagWeightGradient", placed)(
        f32(a, "gradient"),
        f32(a, "table"),
        ROWS,
        bagsOf(a),
        f32(a, "dst"),
        0,
        3,
      ),
  },
  {
    op: "coalesceRows",
    elastic: ["outRows"],
    arrays: () => ({ rows: Int32Array.of(3, 1, 3, 0), values: floats(4 * COLS), ...gradientArrays() }),
    call: (backend, a) =>
      prepared(backend, "coalesceRows", { cols: COLS })(i32(a, "rows"), f32(a, "values"), 4, gradientOf(a)),
  },
  {
    op: "updateRows",
    arrays: () => {
      const table = floats(ROWS * COLS);
      return {
        table,
        state: ones(ROWS * COLS),
        rows: Int32Array.of(4, 1),
        values: floats(2 * COLS),
        ...rangeArrays(table),
      };
    },
    call: (backend, a) => {
      const gradient = {
        ...createRowGradient(COLS, 2),
        count: 2,
        rows: i32(a, "rows"),
        values: f32(a, "values"),
      };
      const range = { leaves: 1, tree: f32(a, "tree"), dirty: u8(a, "dirty") };
      const spec = { cols: COLS, optimizer: { kind: "adagrad", epsilon: 0.1 } } as const;
      prepared(backend, "updateRows", spec)(
        f32(a, "table"),
        ROWS,
        f32(a, "state"),
        gradient,
        0.1,
        range,
        0,
        2,
      );
    },
  },
  {
    op: "rangeAbsmax",
    arrays: () => ({ table: floats(ROWS * COLS), tree: Float32Array.of(0, 99), dirty: Uint8Array.of(1) }),
    call: (backend, a) => {
      prepared(backend, "rangeAbsmax", { cols: COLS })(f32(a, "table"), ROWS, {
        leaves: 1,
        tree: f32(a, "tree"),
        dirty: u8(a, "dirty"),
      });
    },
  },
  {
    op: "absmax",
    arrays: () => ({ src: floats(COLS) }),
    call: (backend, a) => {
      prepared(backend, "absmax", {})(f32(a, "src"), 1, COLS);
    },
  },
  {
    op: "chooseScale",
    arrays: () => ({
      src: floats(ROWS * COLS),
      scale: new Float32Array(SCALES),
      bias: new Float32Array(SCALES),
    }),
    call: (backend, a) =>
      prepared(backend, "chooseScale", format)(f32(a, "src"), f32(a, "scale"), f32(a, "bias"), 1, ROWS),
  },
  {
    op: "quantizeRows",
    arrays: () => ({ src: floats(ROWS * COLS), ...packedArrays() }),
    call: (backend, a) =>
      prepared(backend, "quantizeRows", { format, rounding: "stochastic" })(
        f32(a, "src"),
        packedOf(a),
        { seed: -3, stream: 2 ** 31 },
        1,
        ROWS,
      ),
  },
  {
    op: "dequantizeRows",
    arrays: () => ({ ...packedArrays(), dst: new Float32Array(ROWS * COLS) }),
    call: (backend, a) => prepared(backend, "dequantizeRows", format)(packedOf(a), f32(a, "dst"), 1, ROWS),
  },
  {
    op: "fakeQuantizeRows",
    arrays: () => ({
      src: floats(ROWS * COLS),
      scale: ones(SCALES),
      bias: floats(SCALES),
      dst: new Float32Array(ROWS * COLS),
    }),
    call: (backend, a) =>
      prepared(backend, "fakeQuantizeRows", format)(
        f32(a, "src"),
        f32(a, "scale"),
        f32(a, "bias"),
        f32(a, "dst"),
        1,
        ROWS,
      ),
  },
  {
    op: "packCodes",
    arrays: () => ({ codes: new Uint16Array(ROWS * COLS).fill(5), dst: new Uint8Array(ROWS * 8) }),
    call: (backend, a) =>
      prepared(backend, "packCodes", { bits: 3, cols: COLS })(u16(a, "codes"), u8(a, "dst"), 1, ROWS),
  },
  {
    op: "unpackCodes",
    arrays: () => ({ src: new Uint8Array(ROWS * 8).fill(0x5a), codes: new Uint16Array(ROWS * COLS) }),
    call: (backend, a) =>
      prepared(backend, "unpackCodes", { bits: 3, cols: COLS })(u8(a, "src"), u16(a, "codes"), 1, ROWS),
  },
  {
    op: "linear",
    elastic: ["bias"],
    arrays: () => ({
      x: floats(SAMPLES * 37),
      weight: floats(37 * 35),
      bias: floats(35),
      y: new Float32Array(SAMPLES * 35),
    }),
    call: (backend, a) =>
      prepared(backend, "linear", { ...layer, activation: "relu" })(
        f32(a, "x"),
        f32(a, "weight"),
        f32(a, "bias"),
        f32(a, "y"),
        1,
        SAMPLES,
      ),
  },
  {
    op: "linearBackwardInput",
    arrays: () => ({ dy: floats(SAMPLES * 35), weight: floats(37 * 35), dx: new Float32Array(SAMPLES * 37) }),
    call: (backend, a) =>
      prepared(backend, "linearBackwardInput", layer)(
        f32(a, "dy"),
        f32(a, "weight"),
        f32(a, "dx"),
        1,
        SAMPLES,
      ),
  },
  {
    op: "linearBackwardWeight",
    elastic: ["dbias"],
    arrays: () => ({
      x: floats(SAMPLES * 37),
      dy: floats(SAMPLES * 35),
      dweight: new Float32Array(37 * 35),
      dbias: new Float32Array(35),
    }),
    call: (backend, a) =>
      prepared(backend, "linearBackwardWeight", layer)(
        f32(a, "x"),
        f32(a, "dy"),
        SAMPLES,
        f32(a, "dweight"),
        f32(a, "dbias"),
        1,
        35,
      ),
  },
  {
    op: "activationBackward",
    arrays: () => ({ y: floats(COLS), dy: floats(COLS) }),
    call: (backend, a) =>
      prepared(backend, "activationBackward", { activation: "sigmoid" })(f32(a, "y"), f32(a, "dy"), 1, COLS),
  },
  {
    op: "interaction",
    arrays: () => ({ vectors: floats(SAMPLES * 4 * COLS), dst: new Float32Array(DOTS) }),
    call: (backend, a) => prepared(backend, "interaction", dot)(f32(a, "vectors"), f32(a, "dst"), 1, SAMPLES),
  },
  {
    op: "interactionBackward",
    arrays: () => ({
      vectors: floats(SAMPLES * 4 * COLS),
      ddst: floats(DOTS),
      dvectors: new Float32Array(SAMPLES * 4 * COLS),
    }),
    call: (backend, a) =>
      prepared(backend, "interactionBackward", dot)(
        f32(a, "vectors"),
        f32(a, "ddst"),
        f32(a, "dvectors"),
        1,
        SAMPLES,
      ),
  },
  {
    op: "loss",
    arrays: () => ({
      logits: floats(COLS),
      labels: ones(COLS),
      predictions: new Float32Array(COLS),
      losses: new Float64Array(COLS),
      gradient: new Float32Array(COLS),
    }),
    call: (backend, a) => {
      const spec = { kind: "wbce", threshold: 0.1, weights: [1, 2] } as const;
      const losses = a["losses"] as Float64Array;
      prepared(backend, "loss", spec)(
        f32(a, "logits"),
        f32(a, "labels"),
        COLS,
        f32(a, "predictions"),
        losses,
        f32(a, "gradient"),
        1,
        COLS,
      );
    },
  },
  {
    op: "updateDense",
    arrays: () => ({ weight: floats(COLS), gradient: floats(COLS), state: ones(COLS) }),
    call: (backend, a) => {
      const optimizer = { kind: "adagrad", epsilon: 0.1 } as const;
      prepared(backend, "updateDense", { optimizer })(
        f32(a, "weight"),
        f32(a, "gradient"),
        f32(a, "state"),
        0.1,
        1,
        COLS,
      );
    },
  },
  ...SENT_EXAMPLES,
];
