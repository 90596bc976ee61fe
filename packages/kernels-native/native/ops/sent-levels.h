// Levels of values that are sent: rounded to whole numbers within a limit.
#pragma once

#include "sent-layout.h"

namespace dqrm {
namespace DQRM_ISA {

/** 1.5 × 2^52: a double beside it has no fraction bits, so that the addition itself rounds halves to even. */
constexpr double kToWhole = 6755399441055744.0;

/** A draw k of 16 bits stands for the number (k + 1/2)/2^16. */
constexpr double kDraws = 65536;

/** Values that are rounded anew together where one of them is too near to where rounding turns. */
constexpr int kRoundedAtOnce = 64;

/** Levels of 16 bits and draws have room for a vector behind the last: what is too much is overwritten, or never looked at. */
constexpr int kSentSlack = 16;

/** Says how the values of a group are rounded: what they are divided by, and the largest level. */
struct Steps {
  float scale;
  int limit;
};

/**
 * Holds values that share a scale, their draws, if any, their levels, and what readers will not have of them, if anybody asks.
 *
 * Levels of 8 bits are codes in a caller's array, which has no room behind the last.
 */
template <class Level>
struct SentSpan {
  const float* values;
  const std::uint16_t* draws;
  Level* levels;
  float* left;

  SentSpan from(int i) const {
    return {values + i, draws == nullptr ? nullptr : draws + i, levels + i, left == nullptr ? nullptr : left + i};
  }
};

/** Tells whether floats are enough: levels have few bits, and neither 1/scale nor a product with it leaves the normal floats. */
DQRM_INLINE bool areFloatsEnough(Steps steps) {
  return steps.limit <= 127 && steps.scale > 0x1p-100f && steps.scale < 0x1p100f;
}

/** Keeps what levels lack of their values. */
template <class Level>
DQRM_INLINE void keepLeft(SentSpan<Level> span, int count, float scale) {
  if (span.left == nullptr) return;
  for (int i = 0; i < count; i++) span.left[i] = span.values[i] - static_cast<float>(span.levels[i]) * scale;
}

DQRM_INLINE std::int32_t withinLimit(double level, int limit) {
  const double high = limit;
  const double above = level > -high ? level : -high;
  return static_cast<std::int32_t>(above < high ? above : high);
}

/** Rounds as the definition says: up or down by the draws, where there are any, or to nearest, halves to even. */
template <class Level>
static inline void roundByDivision(SentSpan<Level> span, int count, Steps steps) {
  for (int i = 0; i < count; i++) {
    const double quotient = static_cast<double>(span.values[i]) / static_cast<double>(steps.scale);
    const double level = span.draws == nullptr ? quotient : quotient + (span.draws[i] + 0.5) / kDraws;
    const double nearest = level + kToWhole - kToWhole;
    const double whole = span.draws != nullptr && nearest > level ? nearest - 1 : nearest;
    span.levels[i] = static_cast<Level>(withinLimit(whole, steps.limit));
  }
  keepLeft(span, count, steps.scale);
}

/** Stores whole numbers, to each of which kToInteger was added: their bits are the lowest of the sum. */
DQRM_INLINE void storeLevels(std::int16_t* levels, int, Vector shifted) { storeLow(levels, shifted); }
DQRM_INLINE void storeLevels(std::int8_t* levels, int count, Vector shifted) {
  if (count >= kLanes) return storeLow(levels, shifted);
  std::int8_t all[kLanes];
  storeLow(all, shifted);
  std::memcpy(levels, all, static_cast<std::size_t>(count));
}

/**
 * Rounds products with 1/scale in floats, and raises `farthest` to the largest distance from a whole number. ⌊x⌋ is what
 * x − 1/2 is rounded to anywhere else. None is beyond the limit, for no value is beyond limit × scale.
 */
template <bool kDrawn, bool kKept, class Level>
DQRM_INLINE PeakBits roundInFloats(SentSpan<Level> span, int count, Steps steps, PeakBits farthest) {
  const Vector reciprocal = splat(1 / steps.scale);
  const Vector toWhole = splat(kToInteger);
  for (int i = 0; i < count; i += kLanes) {
    const int some = count - i;
    const Vector values = some < kLanes ? loadFirst(span.values + i, some) : load(span.values + i);
    Vector level = mul(values, reciprocal);
    if (kDrawn) level = add(level, mul(sub(loadWhole(span.draws + i), splat(32767.5f)), splat(1 / 65536.0f)));
    const Vector shifted = add(level, toWhole);
    const Vector whole = sub(shifted, toWhole);
    farthest = raise(farthest, sub(level, whole));
    storeLevels(span.levels + i, some, shifted);
    if (kKept) {
      const Vector left = sub(values, mul(whole, splat(steps.scale)));
      if (some < kLanes) {
        storeFirst(span.left + i, some, left);
      } else {
        store(span.left + i, left);
      }
    }
  }
  return farthest;
}

/**
 * Tells whether a value is so near to where rounding turns that its quotient may be on the other side: a product is off the
 * quotient by less than |quotient| × 2^-23, and the sum with a draw by less than (limit + 1) × 2^-24 more.
 */
DQRM_INLINE bool mayTurn(PeakBits farthest, Steps steps) {
  return reaches(farthest, 0.5f - static_cast<float>(steps.limit + 1) / (1 << 22));
}

/** As roundInFloats, for levels of up to 16 bits: a product in doubles is off by less than 2^-51 of the quotient. */
template <bool kDrawn, class Level>
DQRM_INLINE bool roundInDoubles(SentSpan<Level> span, int count, Steps steps) {
  const double reciprocal = 1 / static_cast<double>(steps.scale);
  constexpr double kTurn = 0.5 - 1.0 / (1 << 30);
  std::int32_t turns = 0;
  for (int i = 0; i < count; i++) {
    double level = static_cast<double>(span.values[i]) * reciprocal;
    if (kDrawn) level += (static_cast<double>(span.draws[i]) - 32767.5) / kDraws;
    const double whole = level + kToWhole - kToWhole;
    turns |= std::fabs(level - whole) > kTurn ? 1 : 0;
    span.levels[i] = static_cast<Level>(withinLimit(whole, steps.limit));
  }
  if (turns != 0) return false;
  keepLeft(span, count, steps.scale);
  return true;
}

/** Rounds a few values, by division where a product is not enough. */
template <bool kDrawn, bool kKept, class Level>
DQRM_INLINE void roundPart(SentSpan<Level> part, int count, Steps steps, bool floats) {
  const bool done = floats ? !mayTurn(roundInFloats<kDrawn, kKept>(part, count, steps, noPeak()), steps)
                           : roundInDoubles<kDrawn>(part, count, steps);
  if (__builtin_expect(!done, 0)) roundByDivision(part, count, steps);
}

template <bool kDrawn, bool kKept, class Level>
static inline void roundSpan(SentSpan<Level> span, int count, Steps steps) {
  const bool floats = areFloatsEnough(steps);
  const int whole = floats ? count - count % kRoundedAtOnce : 0;
  PeakBits farthest = noPeak();
  // A loop of a known length is unrolled.
  for (int i = 0; i < whole; i += kRoundedAtOnce) {
    farthest = roundInFloats<kDrawn, kKept>(span.from(i), kRoundedAtOnce, steps, farthest);
  }
  // At 8 bits one span in 25 has a value that may turn: it is gone through again in small parts.
  for (int i = mayTurn(farthest, steps) ? 0 : whole; i < count; i += kRoundedAtOnce) {
    const int some = count - i < kRoundedAtOnce ? count - i : kRoundedAtOnce;
    roundPart<kDrawn, kKept>(span.from(i), some, steps, floats);
  }
}

/** Rounds values to levels within ±limit. */
template <class Level>
static inline void roundLevels(SentSpan<Level> span, int count, Steps steps) {
  if (span.draws != nullptr) {
    return span.left != nullptr ? roundSpan<true, true>(span, count, steps) : roundSpan<true, false>(span, count, steps);
  }
  return span.left != nullptr ? roundSpan<false, true>(span, count, steps) : roundSpan<false, false>(span, count, steps);
}

/** Gives 1 for values that are not negative, else 0. */
static inline void signLevels(SentSpan<std::int16_t> span, int count, float scale) {
  for (int i = 0; i < count; i++) span.levels[i] = span.values[i] >= 0 ? 1 : 0;
  if (span.left == nullptr) return;
  for (int i = 0; i < count; i++) span.left[i] = span.values[i] - (span.values[i] >= 0 ? scale : -scale);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
