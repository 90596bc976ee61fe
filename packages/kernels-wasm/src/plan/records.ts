/** Names the kinds of a record's fields: addresses are unsigned. */
type FieldKind = "i32" | "u32" | "f64";

/** Says where the fields of a record lie in memory. */
export interface RecordLayout<Field extends string> {
  readonly bytes: number;
  readonly fields: ReadonlyMap<Field, { readonly kind: FieldKind; readonly offset: number }>;
}

/** Gives fields their values; those that are left out stay as they are. */
export type RecordValues<Field extends string> = Readonly<Partial<Record<Field, number>>>;

function recordLayout<Field extends string>(kinds: Readonly<Record<Field, FieldKind>>): RecordLayout<Field> {
  const fields = new Map<Field, { readonly kind: FieldKind; readonly offset: number }>();
  let bytes = 0;
  let widest = 4;
  for (const name in kinds) {
    const kind = kinds[name];
    const width = kind === "f64" ? 8 : 4;
    widest = Math.max(widest, width);
    bytes = Math.ceil(bytes / width) * width;
    fields.set(name, { kind, offset: bytes });
    bytes += width;
  }
  return { bytes: Math.ceil(bytes / widest) * widest, fields };
}

/** Says how many words behind a record's begin a field stands. */
export function wordOf<Field extends string>({ fields }: RecordLayout<Field>, field: Field): number {
  return (fields.get(field)?.offset ?? Number.NaN) / 4;
}

/** Writes fields of the record at an address. */
export function writeRecord<Field extends string>(
  view: DataView,
  { fields }: RecordLayout<Field>,
  address: number,
  values: RecordValues<Field>,
): void {
  for (const name in values) {
    const field = fields.get(name);
    const value = values[name];
    if (field === undefined || value === undefined) continue;
    const at = address + field.offset;
    if (field.kind === "f64") view.setFloat64(at, value, true);
    else if (field.kind === "u32") view.setUint32(at, value, true);
    else view.setInt32(at, value, true);
  }
}

const layerFields = {
  inputs: "i32",
  outputs: "i32",
  activation: "i32",
  panelRows: "i32",
  outputCols: "i32",
  x: "u32",
  xStride: "u32",
  y: "u32",
  yStride: "u32",
  forward: "u32",
  bias: "u32",
  codes: "u32",
  codeScale: "u32",
  unsignedInput: "i32",
  dx: "u32",
  dy: "u32",
  dyStride: "u32",
  backward: "u32",
  zeros: "u32",
  master: "u32",
  masterBias: "u32",
  state: "u32",
  biasState: "u32",
  bits: "i32",
  oneScale: "i32",
  quantizedBias: "i32",
  peaks: "u32",
} as const;

/** Mirrors the class Layer of assembly/plan/records.ts, where the fields are explained. */
export const LAYER: RecordLayout<keyof typeof layerFields> = recordLayout(layerFields);

const tableFields = {
  kind: "i32",
  rows: "i32",
  mean: "i32",
  indices: "u32",
  offsets: "u32",
  bagWeights: "u32",
  positions: "i32",
  weights: "u32",
  bits: "i32",
  spanCols: "i32",
  scale: "u32",
  shift: "u32",
  levels: "u32",
  rowBytes: "u32",
  scaleStep: "i32",
  state: "u32",
  tree: "u32",
  leaves: "i32",
  dirty: "u32",
} as const;

/** Names the fields of a layer's record. */
export type LayerField = keyof typeof layerFields;

/** Mirrors the class Table of assembly/plan/records.ts. */
export const TABLE: RecordLayout<keyof typeof tableFields> = recordLayout(tableFields);

const planFields = {
  learningRate: "f64",
  epsilon: "f64",
  threshold: "f64",
  weightOf0: "f64",
  weightOf1: "f64",
  terms: "f64",
  training: "i32",
  served: "i32",
  size: "i32",
  chunk: "i32",
  denseFeatures: "i32",
  cols: "i32",
  vectorCols: "i32",
  vectors: "i32",
  vectorRows: "i32",
  interaction: "i32",
  loss: "i32",
  optimizer: "i32",
  layers: "u32",
  bottomCount: "i32",
  topCount: "i32",
  tables: "u32",
  tableCount: "i32",
  batchDense: "u32",
  labels: "u32",
  predictions: "u32",
  losses: "u32",
  vectorsAt: "u32",
  dvectorsAt: "u32",
  zeros: "u32",
  scratch: "u32",
  scratchBytes: "u32",
  interactionBytes: "u32",
  reports: "u32",
  threads: "i32",
  oneScale: "i32",
  seconds: "u32",
} as const;

/** Mirrors the class Plan of assembly/plan/records.ts. */
export const PLAN: RecordLayout<keyof typeof planFields> = recordLayout(planFields);

/** Names the fields of a table's record. */
export type TableField = keyof typeof tableFields;

/** Names the fields of a plan's record. */
export type PlanField = keyof typeof planFields;
