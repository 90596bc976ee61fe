import type {
  BagSpec,
  InteractionSpec,
  LinearSpec,
  OpName,
  OpSpec,
  RowFormat,
  ValueFormat,
} from "@dqrm/core";

/** Holds one spec of an op, with a name that people read. */
export interface NamedSpec<Spec> {
  readonly label: string;
  readonly spec: Spec;
}

/** Lists, for each op, specs that stand for many: the shapes of the paper's models, and the widths of packed rows. */
export type SpecList = { readonly [K in OpName]: readonly NamedSpec<OpSpec<K>>[] };

const COLS = 16;
const place = { stride: COLS, offset: 0 } as const;
const sgd = { kind: "sgd" } as const;
const adagrad = { kind: "adagrad", epsilon: 1e-10 } as const;
const perTable = { kind: "table" } as const;
const perRow = { kind: "row" } as const;

const format = (bits: RowFormat["bits"], rest: Partial<RowFormat> = {}): RowFormat => ({
  bits,
  cols: COLS,
  scheme: "symmetric",
  granularity: perTable,
  ...rest,
});

const formats: readonly NamedSpec<RowFormat>[] = [
  { label: "INT4, one scale a table", spec: format(4) },
  { label: "INT8, one scale a table", spec: format(8) },
  { label: "INT4, one scale a row", spec: format(4, { granularity: perRow }) },
  { label: "INT8 asymmetric, a row", spec: format(8, { granularity: perRow, scheme: "asymmetric" }) },
  { label: "INT2, one scale a table", spec: format(2) },
  { label: "INT4 dead zone, logarithmic", spec: format(4, { scheme: "dead-zone-log" }) },
];

const bags: readonly NamedSpec<BagSpec>[] = [
  { label: "16 columns, sum", spec: { cols: COLS, pooling: "sum", ...place } },
  { label: "64 columns, mean", spec: { cols: 64, pooling: "mean", stride: 64, offset: 0 } },
];

const layers: readonly NamedSpec<LinearSpec>[] = [
  { label: "512 to 256", spec: { inputs: 512, outputs: 256 } },
  { label: "13 to 512", spec: { inputs: 13, outputs: 512 } },
  { label: "256 to 1", spec: { inputs: 256, outputs: 1 } },
];

const interactions: readonly NamedSpec<InteractionSpec>[] = [
  { label: "dot of 27 × 16", spec: { kind: "dot", itself: false, vectors: 27, cols: COLS } },
  { label: "cat of 27 × 16", spec: { kind: "cat", itself: false, vectors: 27, cols: COLS } },
];

const sent: readonly NamedSpec<ValueFormat>[] = [
  { label: "INT8, one scale", spec: { values: "int8", scale: { kind: "tensor" } } },
  { label: "INT4, blocks of 512", spec: { values: "int4", scale: { kind: "block", values: 512 } } },
  { label: "float16, one scale", spec: { values: "float16", scale: { kind: "tensor" } } },
];

const encoded = sent.map(({ label, spec }) => ({ label, spec: { ...spec, rounding: "nearest" } as const }));

/** Holds the list of {@link SpecList}. */
export const REPRESENTATIVE_SPECS: SpecList = {
  embeddingBag: bags,
  embeddingBagFakeQuant: [
    { label: "INT4, one scale a table", spec: { ...bags[0].spec, bits: 4, granularity: perTable } },
    { label: "INT8, one scale a row", spec: { ...bags[0].spec, bits: 8, granularity: perRow } },
  ],
  embeddingBagPacked: formats.map(({ label, spec }) => ({
    label,
    spec: { format: spec, pooling: "sum", ...place },
  })),
  embeddingBagBackward: bags,
  embeddingBagWeightGradient: bags,
  coalesceRows: [{ label: "16 columns", spec: { cols: COLS } }],
  updateRows: [
    { label: "sgd, 16 columns", spec: { cols: COLS, optimizer: sgd } },
    { label: "adagrad, 16 columns", spec: { cols: COLS, optimizer: adagrad } },
    { label: "row-wise adagrad", spec: { cols: COLS, optimizer: { ...adagrad, kind: "rowwise-adagrad" } } },
  ],
  rangeAbsmax: [{ label: "16 columns", spec: { cols: COLS } }],
  absmax: [{ label: "any", spec: {} }],
  chooseScale: formats,
  quantizeRows: formats.map(({ label, spec }) => ({ label, spec: { format: spec, rounding: "nearest" } })),
  dequantizeRows: formats,
  fakeQuantizeRows: formats,
  packCodes: [{ label: "INT4, 16 columns", spec: { bits: 4, cols: COLS } }],
  unpackCodes: [{ label: "INT4, 16 columns", spec: { bits: 4, cols: COLS } }],
  linear: layers.map(({ label, spec }) => ({ label, spec: { ...spec, activation: "relu" } })),
  linearBackwardInput: layers,
  linearBackwardWeight: layers,
  activationBackward: [{ label: "relu", spec: { activation: "relu" } }],
  interaction: interactions,
  interactionBackward: interactions,
  loss: [{ label: "bce", spec: { kind: "bce", threshold: 0, weights: [1, 1] } }],
  updateDense: [
    { label: "sgd", spec: { optimizer: sgd } },
    { label: "adagrad", spec: { optimizer: adagrad } },
  ],
  encodeValues: encoded,
  encodeWithFeedback: encoded,
  decodeValues: sent,
  encodeBytes: [{ label: "any", spec: {} }],
  decodeBytes: [{ label: "any", spec: {} }],
  checksum: [{ label: "any", spec: {} }],
};
