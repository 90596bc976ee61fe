// Rounding of weights to codes, many that share a scale at a time.
#pragma once

#include <cmath>

#include "../simd/peak.h"
#include "codes.h"

namespace dqrm {
namespace DQRM_ISA {

/** Smallest peak that a scale is made of; the f32 number nearest to 1e-8, as in @dqrm/core. */
constexpr float kMinPeak = 1e-8f;

static inline float symmetricScale(float peak, Count bits) {
  const Count steps = (Count{1} << (bits - 1)) - 1;
  return (peak > kMinPeak ? peak : kMinPeak) / static_cast<float>(steps > 1 ? steps : 1);
}

/** 1.5 × 2^23: an f32 beside it has no fraction bits, so that the addition itself rounds halves to even. */
constexpr float kToInteger = 12582912.0f;

DQRM_INLINE float roundHalfEven(float x) { return x + kToInteger - kToInteger; }

DQRM_INLINE float clampTo(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/** Gives the largest magnitude of numbers; infinite or NaN when one is. */
static inline float peakOf(const float* src, Count count) {
  PeakBits a = noPeak();
  PeakBits b = noPeak();
  PeakBits c = noPeak();
  PeakBits d = noPeak();
  Count i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
    a = raise(a, load(src + i));
    b = raise(b, load(src + i + kLanes));
    c = raise(c, load(src + i + 2 * kLanes));
    d = raise(d, load(src + i + 3 * kLanes));
  }
  for (; i + kLanes <= count; i += kLanes) a = raise(a, load(src + i));
  if (i < count) a = raise(a, loadFirst(src + i, static_cast<int>(count - i)));
  return peakOf(higher(higher(a, b), higher(c, d)));
}

DQRM_INLINE bool isFinite(float x) { return x - x == 0; }

/** Says whether every weight has a code: none is NaN, nor its product with 1/scale. */
static inline bool haveCodes(const float* src, Count count, float inverse, float bias, bool sign) {
  // As wide as a weight, so that the loop becomes one of vectors.
  std::uint32_t bad = 0;
  if (sign) {
    for (Count i = 0; i < count; i++) bad |= src[i] != src[i] ? 1u : 0u;
  } else {
    for (Count i = 0; i < count; i++) {
      const float x = (src[i] - bias) * inverse;
      bad |= x != x ? 1u : 0u;
    }
  }
  return bad == 0;
}

/** Weights that are looked at twice, the second time in the first-level cache. */
constexpr Count kWeightsAtOnce = 1024;

/**
 * Replaces weights by those of their nearest codes; dst may be src, and so nothing is written over a weight that has
 * none, which gives false.
 */
static inline bool fakeQuantizeSpan(const float* src, Count count, float scale, float bias, const CodeRange& range,
                                    float* dst) {
  const float inverse = 1 / scale;
  const float low = range.low;
  const float high = range.high;
  for (Count first = 0; first < count; first += kWeightsAtOnce) {
    const Count end = count - first < kWeightsAtOnce ? count : first + kWeightsAtOnce;
    if (!haveCodes(src + first, end - first, inverse, bias, range.sign)) return false;
    if (range.sign) {
      for (Count i = first; i < end; i++) dst[i] = src[i] >= 0 ? scale : -scale;
    } else {
      for (Count i = first; i < end; i++) {
        const float x = (src[i] - bias) * inverse;
        dst[i] = roundHalfEven(clampTo(x, low, high)) * scale + bias;
      }
    }
  }
  return true;
}

/** Gives the nearest codes of weights; false when one has none. */
static inline bool quantizeSpan(const float* src, Count count, float scale, float bias, const CodeRange& range,
                                std::uint16_t* codes) {
  std::uint32_t bad = 0;
  if (range.sign) {
    for (Count i = 0; i < count; i++) {
      bad |= src[i] != src[i] ? 1u : 0u;
      codes[i] = src[i] >= 0 ? 1 : 0;
    }
    return bad == 0;
  }
  const float inverse = 1 / scale;
  const float low = range.low;
  const float high = range.high;
  for (Count i = 0; i < count; i++) {
    const float x = (src[i] - bias) * inverse;
    bad |= x != x ? 1u : 0u;
    // NaN has no whole number; what is refused gets any code.
    const float above = x > low ? x : low;
    const float whole = roundHalfEven(above < high ? above : high);
    codes[i] = static_cast<std::uint16_t>(static_cast<std::int32_t>(whole) + range.offset);
  }
  return bad == 0;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
