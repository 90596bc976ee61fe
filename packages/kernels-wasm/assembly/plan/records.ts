// What a plan and its parts are made of. src/plan/records.ts lists the same fields in the same order and writes them.

/** Describes a fully connected layer; strides are in bytes, panels hold 8 outputs (forward) or 8 inputs (backward). */
@unmanaged
export class Layer {
  inputs: i32;
  outputs: i32;
  /** 0 none, 1 relu, 2 sigmoid. */
  activation: i32;
  /** Rows of a forward panel: inputs, rounded up to 8. */
  panelRows: i32;
  /** Rows of a backward panel, and columns of y: outputs, rounded up to 8. */
  outputCols: i32;
  x: usize;
  xStride: usize;
  y: usize;
  yStride: usize;
  /** Weights as served, f32[panels][panelRows][8]. */
  forward: usize;
  /** Bias as served, f32[outputCols]. */
  bias: usize;
  /** 8-bit weights in pairs, i16[panels][panelRows / 2][8][2], or 0; with a scale for each output. */
  codes: usize;
  codeScale: usize;
  /** Whether no input is negative, so that 8-bit inputs need no sign. */
  unsignedInput: i32;
  /** Gradient of x, laid out as x. */
  dx: usize;
  dy: usize;
  dyStride: usize;
  /** Weights as served, transposed, f32[panelRows / 8][outputCols][8], or 0 for a layer whose dx nobody reads. */
  backward: usize;
  /** Zeros, f32[panelRows]. */
  zeros: usize;
  /** Weights as trained, f32[panels][panelRows][8]; `forward` itself without quantization. */
  master: usize;
  masterBias: usize;
  /** Adagrad's sums, as the masters. */
  state: usize;
  biasState: usize;
  /** 0 for weights that are served as trained. */
  bits: i32;
  /** Whether one scale serves the whole layer. */
  oneScale: i32;
  quantizedBias: i32;
  /** Largest magnitude of each panel's weights, f32[panels], for a layer with one scale. */
  peaks: usize;
}

/** Describes a table, the feature that reads it, and the bags that a call brings. */
@unmanaged
export class Table {
  /** 0 floats, 1 floats seen through codes with one scale, 2 the same with scales for each span, 3 packed. */
  kind: i32;
  rows: i32;
  /** Whether a bag's sum is divided by its length. */
  mean: i32;
  indices: usize;
  offsets: usize;
  /** f32 for each index, or 0. */
  bagWeights: usize;
  /** Indices that the bags may use. */
  positions: i32;
  /** Floats, f32[rows][cols], or packed codes. */
  weights: usize;
  bits: i32;
  spanCols: i32;
  /** f32[1] for kind 1, the scales of packed rows for kind 3. */
  scale: usize;
  /** Biases of packed rows, 0 for symmetric codes. */
  shift: usize;
  /** The weight of each code of a dead zone, f32[2^bits], or 0 where codes are multiples. */
  levels: usize;
  rowBytes: usize;
  /** Scales for each row, 0 when one serves the table. */
  scaleStep: i32;
  state: usize;
  /** The tournament tree of block peaks, or 0 where no scale follows it. */
  tree: usize;
  leaves: i32;
  dirty: usize;
}

/** Describes a model compiled, and what a call brings. */
@unmanaged
export class Plan {
  learningRate: f64;
  epsilon: f64;
  threshold: f64;
  weightOf0: f64;
  weightOf1: f64;
  /** Bounds, for each sum of the backward pass, how many products of which factors are added. */
  terms: f64;
  /** 0 infer, 1 train. */
  training: i32;
  /** 0 for tables and layers that train, 1 for those that only serve, 2 and 3 to measure the machine. */
  served: i32;
  size: i32;
  /** Samples of a part of the work, a multiple of 4. */
  chunk: i32;
  denseFeatures: i32;
  cols: i32;
  /** The same, rounded up to 8. */
  vectorCols: i32;
  /** The bottom output and one vector for each feature. */
  vectors: i32;
  /** The same, rounded up to 4. */
  vectorRows: i32;
  /** 0 cat, 1 dot, 2 dot with itself. */
  interaction: i32;
  /** 0 bce, 1 wbce, 2 mse. */
  loss: i32;
  /** 0 sgd, 1 adagrad, 2 rowwise-adagrad. */
  optimizer: i32;
  layers: usize;
  bottomCount: i32;
  topCount: i32;
  tables: usize;
  tableCount: i32;
  batchDense: usize;
  labels: usize;
  predictions: usize;
  losses: usize;
  vectorsAt: usize;
  dvectorsAt: usize;
  /** Zeros as long as the widest bias. */
  zeros: usize;
  /** Scratch of each thread: one area that may hold anything, and the areas of the interaction, whose rims stay zero. */
  scratch: usize;
  scratchBytes: usize;
  interactionBytes: usize;
  /** What each thread found, see report.ts. */
  reports: usize;
  threads: i32;
  oneScale: i32;
  /** Seconds of thread 0 by stage, f64[9]. */
  seconds: usize;
}
