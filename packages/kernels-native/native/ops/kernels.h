// The kernels of one instruction set, as a table of functions.
//
// A kernel looks at nothing before it has checked it, and refuses what it cannot do: false, or a negative number.
// It need not say why: the caller asks the reference kernel, which throws the error that belongs to the call.
#pragma once

#include "arguments.h"

namespace dqrm {

struct Kernels {
  const char* isa;
  bool (*embeddingBag)(Floats table, Count rows, Bags bags, Floats dst, Pooling pooling, Part part);
  bool (*embeddingBagFakeQuant)(Floats table, Count rows, Floats scale, Bags bags, Floats dst, Pooling pooling,
                                Format format, Part part);
  bool (*embeddingBagPacked)(Packed table, Bags bags, Floats dst, Pooling pooling, Format format, Part part);
  /** Gives the number of distinct rows. */
  Count (*embeddingBagBackward)(Floats gradient, Count rows, Bags bags, Gradients out, Pooling pooling, Part part);
  bool (*embeddingBagWeightGradient)(Floats gradient, Floats table, Count rows, Bags bags, Floats dst,
                                     Pooling pooling, Part part);
  /** Gives the number of distinct rows. */
  Count (*coalesceRows)(Ints rows, Floats values, Count count, Gradients out, Count cols);
  bool (*updateRows)(Floats table, Count rows, Floats state, Ints gradientRows, Floats values, double learningRate,
                     Range range, Optimizer optimizer, Count cols, Part part);
  double (*rangeAbsmax)(Floats table, Count rows, Range range, Count cols);
  double (*absmax)(Floats src, Part part);
  bool (*chooseScale)(Floats src, Floats scale, Floats bias, Format format, Part part);
  bool (*quantizeRows)(Floats src, Packed dst, double seed, double stream, bool stochastic, Format format, Part part);
  bool (*dequantizeRows)(Packed src, Floats dst, Format format, Part part);
  bool (*fakeQuantizeRows)(Floats src, Floats scale, Floats bias, Floats dst, Format format, Part part);
  bool (*packCodes)(Codes codes, Bytes dst, Count bits, Count cols, Part part);
  bool (*unpackCodes)(Bytes src, Codes codes, Count bits, Count cols, Part part);
  bool (*linear)(Floats x, Floats weight, Floats bias, Floats y, Count inputs, Count outputs, Count activation,
                 Part part);
  bool (*linearBackwardInput)(Floats dy, Floats weight, Floats dx, Count inputs, Count outputs, Part part);
  bool (*linearBackwardWeight)(Floats x, Floats dy, Count samples, Floats dweight, Floats dbias, Count inputs,
                               Count outputs, Part part);
  bool (*activationBackward)(Floats y, Floats dy, Count activation, Part part);
  bool (*interaction)(Floats vectors, Floats dst, bool dot, bool itself, Count count, Count cols, Part part);
  bool (*interactionBackward)(Floats vectors, Floats ddst, Floats dvectors, bool dot, bool itself, Count count,
                              Count cols, Part part);
  bool (*loss)(Floats logits, Floats labels, double samples, Floats predictions, Doubles losses, Floats gradient,
               Count kind, double threshold, double weightOf0, double weightOf1, Part part);
  bool (*updateDense)(Floats weight, Floats gradient, Floats state, double learningRate, Optimizer optimizer,
                      Part part);
  /** Gives the position behind what was written. */
  Count (*encodeValues)(Ints rows, Floats values, Count count, Count cols, double seed, double stream, Bytes out,
                        Count at, Count coding, Count groups, bool stochastic);
  /** Gives the position behind what was written. */
  Count (*encodeWithFeedback)(Ints rows, Floats gradient, Floats residual, Count count, Count cols, double seed,
                              double stream, Bytes out, Count at, Floats left, Count coding, Count groups,
                              bool stochastic);
  /** Gives 1 for values, 0 for bytes that are none. */
  Count (*decodeValues)(Bytes scales, Count scalesAt, Bytes codes, Count codesAt, Count count, Count cols,
                        Floats values, Count coding, Count groups);
  /** Gives the bytes written. */
  Count (*encodeBytes)(Bytes src, Part part, Bytes out, Count at);
  /** Gives 1 for bytes, 0 when there are none or others. */
  Count (*decodeBytes)(Bytes src, Part part, Bytes dst, Count count);
  Count (*checksum)(Bytes bytes, Part part, double previous);
  /** Runs independent fused products and sums in registers, and gives how many floating-point operations they were. */
  double (*multiplyAndAdd)(Count rounds);
  /** Sums numbers read in order from memory. */
  float (*readAll)(const float* data, Count length);
};

}  // namespace dqrm
