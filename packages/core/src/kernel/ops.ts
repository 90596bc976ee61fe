import type { BlockRange } from "../format/block-range.ts";
import type { Jagged } from "../format/jagged.ts";
import type { RowGradient } from "../format/row-gradient.ts";
import type { BitWidth, PackedRows, RowFormat, ScaleGranularity } from "../format/row-format.ts";
import type { ValueFormat } from "../format/value-format.ts";
import type { RandomKey } from "../random/threefry.ts";

/** Pairs what fixes a kernel at preparation time with the function that preparation returns. */
export interface Op<Spec, Fn> {
  readonly spec: Spec;
  readonly fn: Fn;
}

/** Says how the rows of a bag become one vector; the mean of an empty bag is zero, as its sum. */
export type Pooling = "sum" | "mean";

/** Places row b of a result at `dst[b × stride + offset]`, so that several tables fill one matrix without copies. */
export interface Placement {
  readonly stride: number;
  readonly offset: number;
}

/** Fixes a bag kernel over float rows. */
export interface BagSpec extends Placement {
  readonly cols: number;
  readonly pooling: Pooling;
}

/** Fixes a bag kernel over float rows that are quantized and dequantized as they are read. */
export interface FakeQuantBagSpec extends BagSpec {
  readonly bits: BitWidth;
  readonly granularity: ScaleGranularity;
}

/** Fixes a bag kernel over packed rows. */
export interface PackedBagSpec extends Placement {
  readonly format: RowFormat;
  readonly pooling: Pooling;
}

/** Says how a number between two codes is rounded; "nearest" rounds halves to even. */
export type Rounding = "nearest" | "stochastic";

/** Fixes how rows are quantized. */
export interface QuantizeSpec {
  readonly format: RowFormat;
  readonly rounding: Rounding;
}

/** Fixes how values become bytes to be sent; floats are always rounded to the nearest. */
export interface EncodeValuesSpec extends ValueFormat {
  readonly rounding: Rounding;
}

/** Names the update rule of rows and of dense parameters. */
export type OptimizerSpec =
  | { readonly kind: "sgd" }
  | { readonly kind: "adagrad"; readonly epsilon: number }
  | { readonly kind: "rowwise-adagrad"; readonly epsilon: number };

/** Fixes an update of embedding rows. */
export interface UpdateRowsSpec {
  readonly cols: number;
  readonly optimizer: OptimizerSpec;
}

/** Names what follows a linear layer. */
export type Activation = "none" | "relu" | "sigmoid";

/** Fixes the shape of a linear layer. */
export interface LinearSpec {
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Fixes the interaction of `vectors` vectors of `cols` numbers.
 *
 * @shape dot: cols + pairs, pairs = vectors·(vectors − 1)/2, or vectors·(vectors + 1)/2 with `itself`; cat: vectors × cols
 */
export interface InteractionSpec {
  readonly kind: "dot" | "cat";
  readonly itself: boolean;
  readonly vectors: number;
  readonly cols: number;
}

/**
 * Fixes the loss of a click prediction p = sigmoid(logit).
 *
 * `threshold` θ in (0, 0.5) clamps p to [θ, 1 − θ], 0 leaves it; `weights` are the factors of labels 0 and 1 of "wbce".
 */
export interface LossSpec {
  readonly kind: "bce" | "wbce" | "mse";
  readonly threshold: number;
  readonly weights: readonly [number, number];
}

/**
 * Lists every operation that a backend may accelerate. The comment on each op is its contract, `reference/` its
 * living definition. Third parties add an op, named `vendor.op`, by declaration merging.
 *
 * All kernels are re-entrant and single-threaded; `begin` and `end` bound the part that a call computes,
 * so that threads divide the work. A kernel checks what it indexes with; arrays that are too short are a SHAPE error.
 * "Rounded to f32" below means Math.fround after each operation.
 */
export interface KernelOps {
  /**
   * Overwrites, for bags b in [begin, end), the `cols` numbers at dst[b × stride + offset] with the pooled rows.
   * Terms w·row are rounded to f32 and added in index order to +0, each sum rounded to f32; mean then divides by the
   * number of indices, weighted or not.
   *
   * @shape table f32[rows × cols], dst f32[>= bags × stride]
   * @throws INDEX_RANGE when an index is outside [0, rows); VALUE when an offset falls or points past the indices;
   *         dst is then unspecified
   */
  readonly embeddingBag: Op<
    BagSpec,
    (table: Float32Array, rows: number, bags: Jagged, dst: Float32Array, begin: number, end: number) => void
  >;
  /**
   * As embeddingBag, over rows that are quantized and dequantized before pooling: the result equals
   * embeddingBagPacked over the same rows packed with the same scales, bit for bit.
   *
   * @shape granularity table: scale f32[1] is read; row or group: scales come from each row's own absmax and `scale` is not read
   * @throws INDEX_RANGE; NON_FINITE when a weight that is read is NaN, or infinite where it decides the scale
   */
  readonly embeddingBagFakeQuant: Op<
    FakeQuantBagSpec,
    (
      table: Float32Array,
      rows: number,
      scale: Float32Array,
      bags: Jagged,
      dst: Float32Array,
      begin: number,
      end: number,
    ) => void
  >;
  /** As embeddingBag, over packed rows, read in place; a dequantized weight is rounded to f32 before it is weighted. */
  readonly embeddingBagPacked: Op<
    PackedBagSpec,
    (table: PackedRows, bags: Jagged, dst: Float32Array, begin: number, end: number) => void
  >;
  /**
   * Overwrites `out` with the coalesced row gradients of a bag: each touched row once, in order of first appearance,
   * terms factor·g (factor w/count for mean, w for sum; w = 1 unweighted) added in index order to +0; factor, term and
   * sum are each rounded to f32.
   *
   * @shape gradient f32[bags × stride], read at b × stride + offset; `out` grows as needed
   * @throws INDEX_RANGE when an index is outside [0, rows)
   */
  readonly embeddingBagBackward: Op<
    BagSpec,
    (gradient: Float32Array, rows: number, bags: Jagged, out: RowGradient) => void
  >;
  /**
   * Overwrites, for the indices of bags in [begin, end), dst[position] with the dot product of the bag's gradient and
   * the row, divided by the number of the bag's indices for mean: the gradient of learned pooling weights.
   *
   * @shape dst f32[indices]
   */
  readonly embeddingBagWeightGradient: Op<
    BagSpec,
    (
      gradient: Float32Array,
      table: Float32Array,
      rows: number,
      bags: Jagged,
      dst: Float32Array,
      begin: number,
      end: number,
    ) => void
  >;
  /**
   * Overwrites `out` with `count` row gradients summed by row: each row once, in order of first appearance.
   *
   * @shape rows i32[>= count], values f32[>= count × cols]
   */
  readonly coalesceRows: Op<
    { readonly cols: number },
    (rows: Int32Array, values: Float32Array, count: number, out: RowGradient) => void
  >;
  /**
   * Updates the rows gradient.rows[begin..end), all distinct, of a table and its optimizer state; keeps `range` exact
   * when given.
   *
   * @units sgd: w −= lr·g; adagrad: s += g², w −= lr·g/(√s + ε); rowwise-adagrad: s += mean(g²), w −= lr·g/(√s + ε);
   *        arithmetic in double, w and s rounded to f32 once; a zero gradient leaves w as it is, even when √s + ε is 0
   * @shape state f32[0 | rows × cols | rows]
   * @throws INDEX_RANGE; NON_FINITE when a gradient is NaN or infinite; VALUE when the learning rate is; all of them
   *         before any row changes
   */
  readonly updateRows: Op<
    UpdateRowsSpec,
    (
      table: Float32Array,
      rows: number,
      state: Float32Array,
      gradient: RowGradient,
      learningRate: number,
      range: BlockRange | undefined,
      begin: number,
      end: number,
    ) => void
  >;
  /**
   * Returns the exact absmax of a table from its range, NaN when a block's peak is; rescans only dirty blocks that hold
   * the bound.
   *
   * @cost O(1) when the top block is clean, O(BLOCK_ROWS × cols) for each block that has to be rescanned
   */
  readonly rangeAbsmax: Op<
    { readonly cols: number },
    (table: Float32Array, rows: number, range: BlockRange) => number
  >;
  /** Returns the absmax of src[begin..end), 0 when empty; NaN when any element is NaN. */
  readonly absmax: Op<
    Readonly<Record<string, never>>,
    (src: Float32Array, begin: number, end: number) => number
  >;
  /**
   * Writes the scales (and biases) that cover rows [begin, end) exactly; with granularity "table" the rows [begin, end)
   * alone decide the one scale. The bias of a dead zone is its threshold, which the caller decides: it is neither read
   * nor written, and may be empty.
   *
   * @units symmetric: scale = max(absmax, 1e-8)/(2^(bits−1) − 1), 1 bit: max(absmax, 1e-8);
   *        asymmetric: scale = max(max − min, 1e-8)/(2^bits − 1), bias = min; dead zones: scale = max(absmax, 1e-8);
   *        all rounded to f32
   * @throws NON_FINITE when a weight is NaN or infinite
   */
  readonly chooseScale: Op<
    RowFormat,
    (src: Float32Array, scale: Float32Array, bias: Float32Array, begin: number, end: number) => void
  >;
  /**
   * Quantizes rows [begin, end) of src into dst.codes with the scales that dst holds.
   *
   * @units symmetric: code = clamp(round(f32(f32(1/scale)·w)), −n − 1, n) + 2^(bits−1), n = 2^(bits−1) − 1;
   *        1 bit: w >= 0; asymmetric: clamp(round(f32(f32(w − bias)·f32(1/scale))), 0, 2^bits − 1).
   *        stochastic: floor(x + u) for round(x), u = uniformAt(key, row × cols + col); 1 bit: floor((x + 1)/2 + u),
   *        x clamped to [−1, 1];
   *        dead zones: 2^(bits−1) where |w| < max(bias, 2^−149), else 2^(bits−1) ± k, m_k = the level nearest to |w| of
   *        {@link deadZoneLevels}: as many middles (m_j + m_j+1)/2, in double, are below |w| as levels below m_k;
   *        stochastic: with m_k < |w| <= m_k+1 in double, k + 1 when (|w| − m_k)/(m_k+1 − m_k) + u >= 1, else k;
   *        of equal levels the one of the smallest k
   * @throws VALUE when dst has another format, or a dead zone's scale or bias is negative, NaN or infinite; NON_FINITE
   *         when a weight is NaN, or its product with 1/scale: an infinite weight is clamped
   */
  readonly quantizeRows: Op<
    QuantizeSpec,
    (src: Float32Array, dst: PackedRows, key: RandomKey, begin: number, end: number) => void
  >;
  /**
   * Overwrites rows [begin, end) of dst with the weights of the codes, rounded to f32: asymmetric f32(f32(code·scale) + bias);
   * dead zones: the level of the code.
   *
   * @throws VALUE when src has another format
   */
  readonly dequantizeRows: Op<
    RowFormat,
    (src: PackedRows, dst: Float32Array, begin: number, end: number) => void
  >;
  /**
   * Quantizes and dequantizes rows [begin, end) to nearest with the given scales; dst may be src.
   *
   * @throws NON_FINITE, VALUE as quantizeRows; dst is then unspecified
   */
  readonly fakeQuantizeRows: Op<
    RowFormat,
    (
      src: Float32Array,
      scale: Float32Array,
      bias: Float32Array,
      dst: Float32Array,
      begin: number,
      end: number,
    ) => void
  >;
  /**
   * Packs unsigned codes of rows [begin, end), low bits first, each row from a fresh byte, unused bits zero.
   *
   * @throws VALUE when a code is 2^bits or more
   */
  readonly packCodes: Op<
    { readonly bits: BitWidth; readonly cols: number },
    (codes: Uint16Array, dst: Uint8Array, begin: number, end: number) => void
  >;
  /** Unpacks what packCodes packed. */
  readonly unpackCodes: Op<
    { readonly bits: BitWidth; readonly cols: number },
    (src: Uint8Array, codes: Uint16Array, begin: number, end: number) => void
  >;
  /**
   * Overwrites rows [begin, end) of y with activation(x·weightᵀ + bias). The reference adds to the bias in double, in
   * input order, and rounds to f32 before the activation; others stay within the bound of an f32 sum. NaN stays NaN.
   *
   * @shape x f32[samples × inputs], weight f32[outputs × inputs], bias f32[outputs], or 0 for none, y f32[samples × outputs]
   */
  readonly linear: Op<
    LinearSpec & { readonly activation: Activation },
    (
      x: Float32Array,
      weight: Float32Array,
      bias: Float32Array,
      y: Float32Array,
      begin: number,
      end: number,
    ) => void
  >;
  /** Overwrites rows [begin, end) of dx with dy·weight; a zero of dy times an infinite weight is NaN, as in a full sum. */
  readonly linearBackwardInput: Op<
    LinearSpec,
    (dy: Float32Array, weight: Float32Array, dx: Float32Array, begin: number, end: number) => void
  >;
  /**
   * Overwrites, for outputs in [begin, end), dweight with dyᵀ·x and dbias with the sum of dy over `samples` samples.
   *
   * @shape dweight f32[outputs × inputs], dbias f32[outputs], or 0 for a layer without bias
   */
  readonly linearBackwardWeight: Op<
    LinearSpec,
    (
      x: Float32Array,
      dy: Float32Array,
      samples: number,
      dweight: Float32Array,
      dbias: Float32Array,
      begin: number,
      end: number,
    ) => void
  >;
  /** Multiplies elements [begin, end) of dy by the derivative of the activation, given its result y; relu'(0) = 0. */
  readonly activationBackward: Op<
    { readonly activation: Activation },
    (y: Float32Array, dy: Float32Array, begin: number, end: number) => void
  >;
  /**
   * Overwrites rows [begin, end) of dst with the interaction of each sample's vectors: dot gives the first vector and
   * then the products of the lower triangle, i outer, j inner, j < i (j <= i with itself); cat gives all vectors.
   *
   * @shape vectors f32[samples × vectors × cols]
   * @source facebookresearch/dlrm interact_features
   */
  readonly interaction: Op<
    InteractionSpec,
    (vectors: Float32Array, dst: Float32Array, begin: number, end: number) => void
  >;
  /** Overwrites rows [begin, end) of dvectors with the gradient of the interaction. */
  readonly interactionBackward: Op<
    InteractionSpec,
    (vectors: Float32Array, ddst: Float32Array, dvectors: Float32Array, begin: number, end: number) => void
  >;
  /**
   * For samples in [begin, end), writes p = sigmoid(logit) clamped by the threshold, the sample's loss, and the
   * gradient of mean loss over `samples` with respect to the logit; zero gradient where the threshold clamps.
   *
   * @units bce: −y·ln p − (1 − y)·ln(1 − p), each ln at least −100; wbce: that times weights[⌊y⌋]; mse: (p − y)²;
   *        gradient: (p − y)/samples, times weights[⌊y⌋] for wbce, times 2p(1 − p) for mse
   * @throws NON_FINITE when a logit is NaN or infinite; VALUE when a label is outside [0, 1]
   */
  readonly loss: Op<
    LossSpec,
    (
      logits: Float32Array,
      labels: Float32Array,
      samples: number,
      predictions: Float32Array,
      losses: Float64Array,
      gradient: Float32Array,
      begin: number,
      end: number,
    ) => void
  >;
  /**
   * Updates elements [begin, end) of a dense parameter; rowwise-adagrad acts as adagrad here.
   *
   * @shape state f32[0 for sgd | elements]
   * @throws NON_FINITE when a gradient is NaN or infinite, VALUE when the learning rate is; before any element changes
   */
  readonly updateDense: Op<
    { readonly optimizer: OptimizerSpec },
    (
      weight: Float32Array,
      gradient: Float32Array,
      state: Float32Array,
      learningRate: number,
      begin: number,
      end: number,
    ) => void
  >;
  /**
   * Writes count × cols values to `out` from `at` on, the scales of all groups and then the codes, and returns the position
   * behind them. Groups are whole multiples of `groupValues` of {@link valueLayout}; the last may be shorter.
   *
   * @units scale = f32 or bfloat16 not below peak/n, n = 127, 32767, 7, 1 for int8, int16, int4, ternary; sign: not below the mean
   *        magnitude, summed in order; float16: 2^max(−126, ⌊log2 peak⌋ − 10); all but the last lowered until scale × n is finite;
   *        code = clamp(round(value / scale), −n, n) in double, halves to even; a scale of 0 divides as 1;
   *        stochastic: floor(value/scale + (draw + 1/2)/2^16), draw = 16 bits of threefry2x32(key, ⌊place/4⌋) for
   *        place = rows[i] × cols + c: the lower half, then the upper half of its first word, then of its second
   * @shape rows i32[>= count], read to draw alone; values f32[>= count × cols]; codes as docs/spec/wire.md has them
   * @throws NON_FINITE when a value is NaN or infinite, INDEX_RANGE when a row that is read is negative; out is then unspecified
   */
  readonly encodeValues: Op<
    EncodeValuesSpec,
    (
      rows: Int32Array,
      values: Float32Array,
      count: number,
      cols: number,
      key: RandomKey,
      out: Uint8Array,
      at: number,
    ) => number
  >;
  /**
   * Writes what encodeValues writes for the corrected gradient, and overwrites `left` with what readers will lack of it: the
   * residual of the next step. Nothing else changes, so that a step which nobody applies leaves no trace.
   *
   * @units corrected = gradient + residual; left = corrected − sent, where sent is what decodeValues gives; both rounded to f32
   * @shape rows i32[>= count], read to draw alone; gradient, residual, left f32[>= count × cols], `left` none of the others
   * @throws NON_FINITE when a corrected value is NaN or infinite, INDEX_RANGE when a row that is read is negative; out and left
   *         are then unspecified
   * @source Seide et al. 2014; Karimireddy et al. 2019
   */
  readonly encodeWithFeedback: Op<
    EncodeValuesSpec,
    (
      rows: Int32Array,
      gradient: Float32Array,
      residual: Float32Array,
      count: number,
      cols: number,
      key: RandomKey,
      out: Uint8Array,
      at: number,
      left: Float32Array,
    ) => number
  >;
  /**
   * Overwrites values[0 .. count × cols) with codes × scales, rounded to f32, and returns −1; or the first value of the first
   * group whose scale or codes no writer writes, or count × cols when bits behind the last code are set: `values` is then
   * unspecified. A scale is finite, not negative, nor −0, and its product with n is finite; so is every value.
   *
   * @shape scales u8[>= scalesAt + scaleBytes], codes u8[>= codesAt + codeBytes] of {@link valueLayout}
   */
  readonly decodeValues: Op<
    ValueFormat,
    (
      scales: Uint8Array,
      scalesAt: number,
      codes: Uint8Array,
      codesAt: number,
      count: number,
      cols: number,
      values: Float32Array,
    ) => number
  >;
  /**
   * Codes src[begin .. end) by how often each byte occurs, writes that to `out` from `at` on and returns the bytes written;
   * 0 when that would not be shorter, or by more than MAX_EXPANSION times: what was written is then unspecified.
   *
   * @units frequency = max(1, ⌊count/all × 4096⌋), what lacks to 4096 to the most frequent, what is too much from it by an
   *        eighth at a time; not tried where ⌈Σ count × (12 − log2 frequency)/8⌉ does not pay, log2 in steps of 2^−10, down
   * @shape out u8[>= at + maxEncodedBytes(end − begin)]; a table, a state u32, bytes: docs/spec/wire.md
   * @source Duda 2013, asymmetric numeral systems (range variant)
   */
  readonly encodeBytes: Op<
    Readonly<Record<string, never>>,
    (src: Uint8Array, begin: number, end: number, out: Uint8Array, at: number) => number
  >;
  /**
   * Overwrites dst[0 .. count) with what src[begin .. end) stands for, and tells whether that is exactly the whole of it; dst is
   * unspecified where it is not.
   */
  readonly decodeBytes: Op<
    Readonly<Record<string, never>>,
    (src: Uint8Array, begin: number, end: number, dst: Uint8Array, count: number) => boolean
  >;
  /** Continues the {@link crc32} of earlier bytes, 0 for none, over bytes [begin, end). */
  readonly checksum: Op<
    Readonly<Record<string, never>>,
    (bytes: Uint8Array, begin: number, end: number, previous: number) => number
  >;
}

/** Names an op. */
export type OpName = keyof KernelOps;
/** Gives what fixes a kernel of op K. */
export type OpSpec<K extends OpName> = KernelOps[K]["spec"];
/** Gives the function that a prepared kernel of op K is. */
export type OpFn<K extends OpName> = KernelOps[K]["fn"];
