// Pooling of float rows that are quantized and dequantized as they are read.
#pragma once

#include "embedding-bag.h"
#include "quantize-span.h"

namespace dqrm {
namespace DQRM_ISA {

/** Quantizes rows of exactly N vectors by one scale and sums them in registers. */
template <int N, bool weighted>
struct WholeFakeQuantPooler : BagPlaces {
  const float* table;
  const float* weights;
  float scale;
  float inverse;
  CodeRange range;
  RegisterSums<N> sums;
  /** Above every number that is one, where a product with 1/scale was not. */
  PeakBits products;
  DQRM_INLINE_MEMBER void fetch(std::int32_t row) const { prefetchRow(table, row, N * kLanes * sizeof(float)); }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    sums.clear();
  }
  DQRM_INLINE_MEMBER bool add(Count row, Count position) {
    const float* from = table + row * (N * kLanes);
    for (int v = 0; v < N; v++) {
      const Vector x = mul(load(from + v * kLanes), splat(inverse));
      products = raise(products, x);
      const Vector clamped = min(max(x, splat(range.low)), splat(range.high));
      const Vector whole = sub(dqrm::DQRM_ISA::add(clamped, splat(kToInteger)), splat(kToInteger));
      // The sum of a bag begins at +0, so that a term of −0 needs no other care.
      Vector term = mul(whole, splat(scale));
      if (weighted) term = mul(splat(weights[position]), term);
      sums.sums[v] = dqrm::DQRM_ISA::add(sums.sums[v], term);
    }
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const {
    sums.write(at);
    divide(count);
  }
};

/** Quantizes rows of any width and granularity, one at a time. */
struct AnyFakeQuantPooler : BagPlaces {
  const float* table;
  const float* weights;
  const float* scale;
  Format format;
  CodeRange range;
  Count spans;
  float* row;
  DQRM_INLINE_MEMBER void fetch(std::int32_t index) const {
    prefetchRow(table, index, pooling.cols * static_cast<Count>(sizeof(float)));
  }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    for (Count c = 0; c < pooling.cols; c++) at[c] = 0;
  }
  bool add(Count index, Count position) {
    for (Count span = 0; span < spans; span++) {
      const Count first = span * format.spanCols;
      const Count count = format.cols - first < format.spanCols ? format.cols - first : format.spanCols;
      const float* from = table + index * format.cols + first;
      float s = 0;
      if (format.scaleStep == 0) {
        s = scale[0];
      } else {
        const float peak = peakOf(from, count);
        if (!isFinite(peak)) return false;
        s = symmetricScale(peak, format.bits);
      }
      if (!fakeQuantizeSpan(from, count, s, 0, range, row + first)) return false;
    }
    const bool weighted = weights != nullptr;
    addRow(row, weighted ? weights[position] : 1, weighted, at, pooling.cols);
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const { divide(count); }
};

template <int N, bool weighted>
static bool poolFakeQuantized(const float* table, Count rows, float scale, const Bags& bags, Floats dst,
                              const Pooling& pooling, const CodeRange& range, Part part) {
  WholeFakeQuantPooler<N, weighted> pooler{
      {dst.data, pooling}, table, bags.weights.data, scale, 1 / scale, range, {}, noPeak()};
  if (!walkBags(bags, rows, part, pooler)) return false;
  const float largest = peakOf(pooler.products);
  return largest == largest;
}

template <int N>
static bool poolFakeQuantizedBags(const float* table, Count rows, float scale, const Bags& bags, Floats dst,
                                  const Pooling& pooling, const CodeRange& range, Part part) {
  return bags.weights.data == nullptr
             ? poolFakeQuantized<N, false>(table, rows, scale, bags, dst, pooling, range, part)
             : poolFakeQuantized<N, true>(table, rows, scale, bags, dst, pooling, range, part);
}

static bool embeddingBagFakeQuant(Floats table, Count rows, Floats scale, Bags bags, Floats dst, Pooling pooling,
                                  Format format, Part part) {
  if (!isFormat(format) || format.scheme != kSymmetric || pooling.cols != format.cols) return false;
  if (!holds(table.length, rows, pooling.cols) || !placesFit(dst, pooling, part)) return false;
  if (format.scaleStep == 0 && scale.length < 1) return false;
  const CodeRange range = codeRangeOf(format);
  if (format.scaleStep == 0 && !range.sign) {
    switch (pooling.cols) {
      case kLanes: return poolFakeQuantizedBags<1>(table.data, rows, scale.data[0], bags, dst, pooling, range, part);
      case 2 * kLanes: return poolFakeQuantizedBags<2>(table.data, rows, scale.data[0], bags, dst, pooling, range, part);
      case 4 * kLanes: return poolFakeQuantizedBags<4>(table.data, rows, scale.data[0], bags, dst, pooling, range, part);
      default: break;
    }
  }
  float* row = static_cast<float*>(scratchBytes(static_cast<std::size_t>(format.cols) * sizeof(float)));
  if (row == nullptr) return false;
  AnyFakeQuantPooler pooler{{dst.data, pooling}, table.data, bags.weights.data, scale.data, format, range,
                            spansOf(format), row};
  return walkBags(bags, rows, part, pooler);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
