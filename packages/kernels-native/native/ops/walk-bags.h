// The walk over bags that every bag kernel makes.
#pragma once

#include "../simd/vector.h"
#include "arguments.h"

namespace dqrm {
namespace DQRM_ISA {

/** Rows that are on their way from memory while one is added: enough to hide its latency behind some 30 additions. */
constexpr Count kRowsAhead = 32;

/** Begins to fetch the cache lines of a row; the address need not be one that may be read. */
DQRM_INLINE void prefetchRow(const void* base, Count row, Count bytes) {
  const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(base) + static_cast<std::uintptr_t>(row * bytes);
  __builtin_prefetch(reinterpret_cast<const void*>(at));
  // The processor follows long rows itself; a short one may still lie across two lines.
  __builtin_prefetch(reinterpret_cast<const void*>(at + static_cast<std::uintptr_t>(bytes) - 1));
}

/**
 * Shows bags [begin, end) to a pooler, row by row: start(bag), add(row, position), finish(bag, count).
 *
 * Offsets and indices are read once and then checked, so that nobody can change them in between. Gives false at the
 * first that is wrong, or when the pooler refuses a row.
 */
template <class Pooler>
static inline bool walkBags(const Bags& bags, Count rows, Part part, Pooler& pooler) {
  if (!isPart(part) || bags.offsets.length <= part.end) return false;
  const bool weighted = bags.weights.data != nullptr;
  const Count limit = weighted && bags.weights.length < bags.indices.length ? bags.weights.length : bags.indices.length;
  const std::int32_t* offsets = bags.offsets.data;
  const std::int32_t* indices = bags.indices.data;
  Count first = offsets[part.begin];
  if (first < 0 || first > limit) return false;
  const Count begun = first + kRowsAhead < limit ? first + kRowsAhead : limit;
  for (Count position = first; position < begun; position++) pooler.fetch(indices[position]);
  for (Count bag = part.begin; bag < part.end; bag++) {
    const Count last = offsets[bag + 1];
    if (last < first || last > limit) return false;
    pooler.start(bag);
    for (Count position = first; position < last; position++) {
      if (position + kRowsAhead < limit) pooler.fetch(indices[position + kRowsAhead]);
      const Count row = indices[position];
      if (row < 0 || row >= rows) return false;
      if (!pooler.add(row, position)) return false;
    }
    pooler.finish(bag, last - first);
    first = last;
  }
  return true;
}

/** Says where bag b's result stands, and whether all of them fit. */
static inline bool placesFit(const Floats& dst, const Pooling& pooling, Part part) {
  return holds(dst.length, part.end, pooling.stride) && pooling.cols <= pooling.stride &&
         pooling.offset <= pooling.stride - pooling.cols;
}

/** Divides by a count of rows; beyond 2^24 an f32 could not hold it, while one double division rounds the same. */
static inline void divideRow(float* dst, Count cols, Count count) {
  const double divisor = static_cast<double>(count);
  for (Count c = 0; c < cols; c++) dst[c] = static_cast<float>(dst[c] / divisor);
}

/** Holds the sum of a bag in N vectors, while rows of N × kLanes columns are added. */
template <int N>
struct RegisterSums {
  Vector sums[N];
  DQRM_INLINE_MEMBER void clear() {
    for (int v = 0; v < N; v++) sums[v] = zero();
  }
  DQRM_INLINE_MEMBER void write(float* dst) const {
    for (int v = 0; v < N; v++) store(dst + v * kLanes, sums[v]);
  }
};

/** Adds a row, weighted or not, to sums in memory: product and sum are rounded each. */
DQRM_INLINE void addRow(const float* row, float weight, bool weighted, float* dst, Count cols) {
  Count c = 0;
  if (weighted) {
    const Vector w = splat(weight);
    for (; c + kLanes <= cols; c += kLanes) store(dst + c, add(load(dst + c), mul(w, load(row + c))));
    for (; c < cols; c++) dst[c] += weight * row[c];
  } else {
    for (; c + kLanes <= cols; c += kLanes) store(dst + c, add(load(dst + c), load(row + c)));
    for (; c < cols; c++) dst[c] += row[c];
  }
}

}  // namespace DQRM_ISA
}  // namespace dqrm
