// The gradient of the weights with which bags pool their rows.
#pragma once

#include "embedding-bag.h"

namespace dqrm {
namespace DQRM_ISA {

/** Multiplies two rows; the order of the sum depends on the width alone. */
static inline float dotProduct(const float* a, const float* b, Count cols) {
  Vector sum = zero();
  Count c = 0;
  for (; c + kLanes <= cols; c += kLanes) sum = fma(load(a + c), load(b + c), sum);
  if (c < cols) {
    const int rest = static_cast<int>(cols - c);
    sum = fma(loadFirst(a + c, rest), loadFirst(b + c, rest), sum);
  }
  return reduceAdd(sum);
}

struct WeightGradientPooler {
  const float* gradient;
  const float* table;
  float* dst;
  Pooling pooling;
  const float* from = nullptr;
  Count next = 0;
  DQRM_INLINE_MEMBER void fetch(std::int32_t row) const {
    prefetchRow(table, row, pooling.cols * static_cast<Count>(sizeof(float)));
  }
  DQRM_INLINE_MEMBER void start(Count bag) { from = gradient + bag * pooling.stride + pooling.offset; }
  DQRM_INLINE_MEMBER bool add(Count row, Count position) {
    dst[position] = dotProduct(from, table + row * pooling.cols, pooling.cols);
    next = position + 1;
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const {
    if (pooling.mean && count > 1) divideRow(dst + next - count, count, count);
  }
};

static bool embeddingBagWeightGradient(Floats gradient, Floats table, Count rows, Bags bags, Floats dst,
                                       Pooling pooling, Part part) {
  if (!holds(table.length, rows, pooling.cols) || !placesFit(gradient, pooling, part)) return false;
  if (!isPart(part) || bags.offsets.length <= part.end) return false;
  // Whatever the offsets become meanwhile: no position reaches past the indices that dst has room for.
  const Count total = bags.offsets.data[part.end];
  if (total < 0 || total > dst.length || total > bags.indices.length) return false;
  bags.indices.length = total;
  WeightGradientPooler pooler{gradient.data, table.data, dst.data, pooling};
  return walkBags(bags, rows, part, pooler);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
