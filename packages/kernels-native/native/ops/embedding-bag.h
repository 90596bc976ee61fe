// Pooling of float rows.
#pragma once

#include "walk-bags.h"

namespace dqrm {
namespace DQRM_ISA {

/** Places the results of a pooler, and divides the means. */
struct BagPlaces {
  float* dst;
  Pooling pooling;
  float* at = nullptr;
  DQRM_INLINE_MEMBER void place(Count bag) { at = dst + bag * pooling.stride + pooling.offset; }
  DQRM_INLINE_MEMBER void divide(Count count) const {
    if (pooling.mean && count > 1) divideRow(at, pooling.cols, count);
  }
};

/** Sums rows of exactly N vectors in registers. */
template <int N, bool weighted>
struct WholeRowPooler : BagPlaces {
  const float* table;
  const float* weights;
  RegisterSums<N> sums;
  DQRM_INLINE_MEMBER void fetch(std::int32_t row) const { prefetchRow(table, row, N * kLanes * sizeof(float)); }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    sums.clear();
  }
  DQRM_INLINE_MEMBER bool add(Count row, Count position) {
    const float* from = table + row * (N * kLanes);
    for (int v = 0; v < N; v++) {
      Vector term = load(from + v * kLanes);
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

/** Sums rows of any width where they belong. */
struct AnyRowPooler : BagPlaces {
  const float* table;
  const float* weights;
  DQRM_INLINE_MEMBER void fetch(std::int32_t row) const {
    prefetchRow(table, row, pooling.cols * static_cast<Count>(sizeof(float)));
  }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    for (Count c = 0; c < pooling.cols; c++) at[c] = 0;
  }
  DQRM_INLINE_MEMBER bool add(Count row, Count position) {
    const bool weighted = weights != nullptr;
    addRow(table + row * pooling.cols, weighted ? weights[position] : 1, weighted, at, pooling.cols);
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const { divide(count); }
};

template <int N>
static bool poolWholeRows(Floats table, Count rows, const Bags& bags, Floats dst, const Pooling& pooling, Part part) {
  if (bags.weights.data != nullptr) {
    WholeRowPooler<N, true> pooler{{dst.data, pooling}, table.data, bags.weights.data, {}};
    return walkBags(bags, rows, part, pooler);
  }
  WholeRowPooler<N, false> pooler{{dst.data, pooling}, table.data, nullptr, {}};
  return walkBags(bags, rows, part, pooler);
}

static bool embeddingBag(Floats table, Count rows, Bags bags, Floats dst, Pooling pooling, Part part) {
  if (!holds(table.length, rows, pooling.cols) || !placesFit(dst, pooling, part)) return false;
  switch (pooling.cols) {
    case kLanes: return poolWholeRows<1>(table, rows, bags, dst, pooling, part);
    case 2 * kLanes: return poolWholeRows<2>(table, rows, bags, dst, pooling, part);
    case 4 * kLanes: return poolWholeRows<4>(table, rows, bags, dst, pooling, part);
    case 8 * kLanes: return poolWholeRows<8>(table, rows, bags, dst, pooling, part);
    default: break;
  }
  AnyRowPooler pooler{{dst.data, pooling}, table.data, bags.weights.data};
  return walkBags(bags, rows, part, pooler);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
