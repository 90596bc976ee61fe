import type { SentKernels } from "./sent-kernels.ts";

type Weights = Float32Array | undefined;

/**
 * Lists the kernels of one instruction set as the addon offers them (native/ops/kernels.h).
 *
 * A kernel checks every array and index itself, and refuses a call that it cannot serve: it answers false, or a negative
 * number. Whole numbers must be whole and not negative.
 */
export interface NativeKernels extends SentKernels {
  embeddingBag(
    table: Float32Array,
    rows: number,
    indices: Int32Array,
    offsets: Int32Array,
    weights: Weights,
    dst: Float32Array,
    cols: number,
    stride: number,
    offset: number,
    mean: boolean,
    begin: number,
    end: number,
  ): boolean;
  embeddingBagFakeQuant(
    table: Float32Array,
    rows: number,
    scale: Float32Array,
    indices: Int32Array,
    offsets: Int32Array,
    weights: Weights,
    dst: Float32Array,
    cols: number,
    stride: number,
    offset: number,
    mean: boolean,
    bits: number,
    formatCols: number,
    spanCols: number,
    scaleStep: number,
    scheme: number,
    begin: number,
    end: number,
  ): boolean;
  embeddingBagPacked(
    codes: Uint8Array,
    scale: Float32Array,
    bias: Float32Array,
    rows: number,
    indices: Int32Array,
    offsets: Int32Array,
    weights: Weights,
    dst: Float32Array,
    cols: number,
    stride: number,
    offset: number,
    mean: boolean,
    bits: number,
    formatCols: number,
    spanCols: number,
    scaleStep: number,
    scheme: number,
    begin: number,
    end: number,
  ): boolean;
  /** Gives the number of distinct rows. */
  embeddingBagBackward(
    gradient: Float32Array,
    rows: number,
    indices: Int32Array,
    offsets: Int32Array,
    weights: Weights,
    outRows: Int32Array,
    outValues: Float32Array,
    outSlots: Int32Array,
    cols: number,
    stride: number,
    offset: number,
    mean: boolean,
    begin: number,
    end: number,
  ): number;
  embeddingBagWeightGradient(
    gradient: Float32Array,
    table: Float32Array,
    rows: number,
    indices: Int32Array,
    offsets: Int32Array,
    weights: Weights,
    dst: Float32Array,
    cols: number,
    stride: number,
    offset: number,
    mean: boolean,
    begin: number,
    end: number,
  ): boolean;
  /** Gives the number of distinct rows. */
  coalesceRows(
    rows: Int32Array,
    values: Float32Array,
    count: number,
    outRows: Int32Array,
    outValues: Float32Array,
    outSlots: Int32Array,
    cols: number,
  ): number;
  updateRows(
    table: Float32Array,
    rows: number,
    state: Float32Array,
    gradientRows: Int32Array,
    values: Float32Array,
    learningRate: number,
    tree: Float32Array | undefined,
    dirty: Uint8Array | undefined,
    leaves: number | undefined,
    rule: number,
    epsilon: number,
    cols: number,
    begin: number,
    end: number,
  ): boolean;
  rangeAbsmax(
    table: Float32Array,
    rows: number,
    tree: Float32Array,
    dirty: Uint8Array,
    leaves: number,
    cols: number,
  ): number;
  absmax(src: Float32Array, begin: number, end: number): number;
  chooseScale(
    src: Float32Array,
    scale: Float32Array,
    bias: Float32Array,
    bits: number,
    formatCols: number,
    spanCols: number,
    scaleStep: number,
    scheme: number,
    begin: number,
    end: number,
  ): boolean;
  quantizeRows(
    src: Float32Array,
    codes: Uint8Array,
    scale: Float32Array,
    bias: Float32Array,
    rows: number,
    seed: number,
    stream: number,
    stochastic: boolean,
    bits: number,
    formatCols: number,
    spanCols: number,
    scaleStep: number,
    scheme: number,
    begin: number,
    end: number,
  ): boolean;
  dequantizeRows(
    codes: Uint8Array,
    scale: Float32Array,
    bias: Float32Array,
    rows: number,
    dst: Float32Array,
    bits: number,
    formatCols: number,
    spanCols: number,
    scaleStep: number,
    scheme: number,
    begin: number,
    end: number,
  ): boolean;
  fakeQuantizeRows(
    src: Float32Array,
    scale: Float32Array,
    bias: Float32Array,
    dst: Float32Array,
    bits: number,
    formatCols: number,
    spanCols: number,
    scaleStep: number,
    scheme: number,
    begin: number,
    end: number,
  ): boolean;
  packCodes(
    codes: Uint16Array,
    dst: Uint8Array,
    bits: number,
    cols: number,
    begin: number,
    end: number,
  ): boolean;
  unpackCodes(
    src: Uint8Array,
    codes: Uint16Array,
    bits: number,
    cols: number,
    begin: number,
    end: number,
  ): boolean;
  linear(
    x: Float32Array,
    weight: Float32Array,
    bias: Float32Array,
    y: Float32Array,
    inputs: number,
    outputs: number,
    activation: number,
    begin: number,
    end: number,
  ): boolean;
  linearBackwardInput(
    dy: Float32Array,
    weight: Float32Array,
    dx: Float32Array,
    inputs: number,
    outputs: number,
    begin: number,
    end: number,
  ): boolean;
  linearBackwardWeight(
    x: Float32Array,
    dy: Float32Array,
    samples: number,
    dweight: Float32Array,
    dbias: Float32Array,
    inputs: number,
    outputs: number,
    begin: number,
    end: number,
  ): boolean;
  activationBackward(
    y: Float32Array,
    dy: Float32Array,
    activation: number,
    begin: number,
    end: number,
  ): boolean;
  interaction(
    vectors: Float32Array,
    dst: Float32Array,
    dot: boolean,
    itself: boolean,
    count: number,
    cols: number,
    begin: number,
    end: number,
  ): boolean;
  interactionBackward(
    vectors: Float32Array,
    ddst: Float32Array,
    dvectors: Float32Array,
    dot: boolean,
    itself: boolean,
    count: number,
    cols: number,
    begin: number,
    end: number,
  ): boolean;
  loss(
    logits: Float32Array,
    labels: Float32Array,
    samples: number,
    predictions: Float32Array,
    losses: Float64Array,
    gradient: Float32Array,
    kind: number,
    threshold: number,
    weightOf0: number,
    weightOf1: number,
    begin: number,
    end: number,
  ): boolean;
  updateDense(
    weight: Float32Array,
    gradient: Float32Array,
    state: Float32Array,
    learningRate: number,
    rule: number,
    epsilon: number,
    begin: number,
    end: number,
  ): boolean;
  /** Measures 10⁹ multiplications and additions a second; 0 or less when it could not. */
  fmaGigaflops(threads: number): number;
  /** Measures 10⁹ bytes a second read in order; 0 or less when it could not. */
  readGigabytes(threads: number): number;
  /** Measures the nanoseconds until all threads have met; below 0 when it could not. */
  barrierNanoseconds(threads: number): number;
}
