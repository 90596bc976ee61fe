// Reads rows of float tables as the forward pass sees them: exact, or through the nearest codes of a few bits.
#pragma once

#include <algorithm>

#include "../simd/peak.h"
#include "../simd/vector.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Quantizes and dequantizes `count` numbers that share a scale. */
DQRM_INLINE void nearestWeights(const float* src, float* dst, int count, float scale, int bits) {
  const Vector s = splat(scale), inverse = splat(1.0f / scale);
  const float half = bits == 1 ? 1.0f : static_cast<float>(1 << (bits - 1));
  const Vector low = splat(-half), high = splat(half - 1);
  for (int c = 0; c < count; c += kLanes) {
    const int lanes = std::min(kLanes, count - c);
    const Vector weight = lanes == kLanes ? load(src + c) : loadFirst(src + c, lanes);
    const Vector value =
        bits == 1 ? signed1(weight, s) : mul(roundEven(min(max(mul(weight, inverse), low), high)), s);
    if (lanes == kLanes) store(dst + c, value);
    else storeFirst(dst + c, lanes, value);
  }
}

DQRM_INLINE void copyWeights(const float* src, float* dst, int count) {
  for (int c = 0; c < count; c += kLanes) {
    const int lanes = std::min(kLanes, count - c);
    if (lanes == kLanes) store(dst + c, load(src + c));
    else storeFirst(dst + c, lanes, loadFirst(src + c, lanes));
  }
}

static inline float peakOfSpan(const float* src, int count) {
  PeakBits peak = noPeak();
  for (int c = 0; c < count; c += kLanes) {
    const int lanes = std::min(kLanes, count - c);
    peak = raise(peak, lanes == kLanes ? load(src + c) : loadFirst(src + c, lanes));
  }
  return peakOf(peak);
}

/** The scale of symmetric codes that cover a peak, as symmetricScale of the formats. */
static inline float symmetricScale(float peak, int bits) {
  const float levels = bits == 1 ? 1.0f : static_cast<float>((1 << (bits - 1)) - 1);
  return std::max(peak, 1e-8f) / levels;
}

/** Writes one row of a table as the forward pass sees it. */
DQRM_INLINE void readRow(const TableArrays& table, float scale, const float* row, float* dst) {
  if (table.bits == 0) return copyWeights(row, dst, table.cols);
  if (table.granularity == Granularity::table) return nearestWeights(row, dst, table.cols, scale, table.bits);
  const int span = table.granularity == Granularity::row ? table.cols : table.groupCols;
  for (int c = 0; c < table.cols; c += span) {
    const int count = std::min(span, table.cols - c);
    nearestWeights(row + c, dst + c, count, symmetricScale(peakOfSpan(row + c, count), table.bits), table.bits);
  }
}

}  // namespace DQRM_ISA
}  // namespace dqrm
