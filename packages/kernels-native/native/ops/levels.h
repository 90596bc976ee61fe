// The levels of dead-zone formats: zero below a threshold, all other codes between it and a top.
#pragma once

#include <cmath>
#include <cstring>

#include "../simd/vector.h"
#include "arguments.h"

namespace dqrm {
namespace DQRM_ISA {

constexpr int kMostLevels = 256;

/** Every weight but zero itself reaches a threshold of zero. */
constexpr float kSmallestWeight = 1.4012984643248171e-45f;

DQRM_INLINE std::uint32_t levelBits(float x) {
  std::uint32_t pattern;
  std::memcpy(&pattern, &x, sizeof pattern);
  return pattern;
}

DQRM_INLINE float levelOfBits(std::uint32_t pattern) {
  float x;
  std::memcpy(&x, &pattern, sizeof x);
  return x;
}

/** Holds the weight of each code of 2 to 8 bits. */
struct Levels {
  float of[kMostLevels];
  /** What has to be reached for a level above zero. */
  float threshold;
  int zero;
  /** Whether the top and the threshold were numbers from which levels can be made; all are NaN otherwise. */
  bool real;

  DQRM_INLINE_MEMBER int top() const { return zero - 1; }

  void fill(const Format& format, float high, float low) {
    fill(static_cast<int>(format.bits), format.scheme == kDeadZoneLog, high, low);
  }

  /** Takes the levels of a top and a threshold, as deadZoneLevels of @dqrm/core. */
  void fill(int bits, bool log, float high, float low) {
    zero = 1 << (bits - 1);
    threshold = low > kSmallestWeight ? low : kSmallestWeight;
    real = high >= 0 && high - high == 0 && low >= 0 && low - low == 0;
    if (!real) {
      for (int code = 0; code < 2 * zero; code++) of[code] = NAN;
      return;
    }
    if (!(high > low)) high = low;
    const int steps = 2 * top() - 1;
    of[zero] = 0;
    for (int k = 1; k < zero; k++) {
      const float magnitude = log ? betweenPatterns(low, high, 2 * k - 1, steps) : between(low, high, 2 * k - 1, steps);
      of[zero + k] = magnitude;
      of[zero - k] = 0.0f - magnitude;
    }
    of[0] = of[1];
  }

 private:
  static float between(double low, double high, int step, int steps) {
    return static_cast<float>(low + (high - low) * step / steps);
  }
  static float betweenPatterns(float low, float high, int step, int steps) {
    // Adding 0 gives −0 the pattern of 0.
    const std::uint32_t from = levelBits(low + 0.0f);
    const std::uint64_t apart = levelBits(high + 0.0f) - from;
    return levelOfBits(from + static_cast<std::uint32_t>(apart * static_cast<std::uint64_t>(step) / steps));
  }
};

/** Holds between which levels a magnitude lies, as floats: the largest of which the middle is not below. */
struct Middles {
  float above[kMostLevels / 2];
  /** Of equal levels, the code of the first. */
  std::uint8_t first[kMostLevels / 2];

  void fill(const Levels& levels) {
    const float* m = levels.of + levels.zero;
    const int top = levels.top();
    first[0] = 1;
    for (int k = 1; k < top; k++) {
      const double middle = (static_cast<double>(m[k]) + m[k + 1]) / 2;
      const float rounded = static_cast<float>(middle);
      above[k - 1] = static_cast<double>(rounded) > middle ? levelOfBits(levelBits(rounded) - 1) : rounded;
      first[k] = m[k] == m[k + 1] ? first[k - 1] : static_cast<std::uint8_t>(k + 1);
    }
    // Nothing is above: the search below needs a whole tree.
    above[top - 1] = INFINITY;
  }

  /** Counts the middles below a magnitude. */
  DQRM_INLINE_MEMBER int below(float magnitude, int zero) const {
    int k = 0;
    for (int step = zero / 2; step > 0; step /= 2) k += magnitude > above[k + step - 1] ? step : 0;
    return k;
  }
};

/** Gives the nearest codes of weights; false when one has none. */
static inline bool quantizeToLevels(const float* src, Count count, const Levels& levels, const Middles& middles,
                                    std::uint16_t* codes) {
  std::uint32_t bad = 0;
  for (Count i = 0; i < count; i++) {
    const float weight = src[i];
    const float magnitude = std::fabs(weight);
    bad |= weight != weight ? 1u : 0u;
    const int k = middles.first[middles.below(magnitude, levels.zero)];
    const int code = weight < 0 ? levels.zero - k : levels.zero + k;
    codes[i] = static_cast<std::uint16_t>(magnitude < levels.threshold ? levels.zero : code);
  }
  return bad == 0;
}

/** Rounds a magnitude up or down by the uniform number u; a dead zone draws nothing. */
static inline std::uint16_t stochasticLevel(float weight, double u, const Levels& levels, const Middles& middles) {
  const float magnitude = std::fabs(weight);
  if (magnitude < levels.threshold) return static_cast<std::uint16_t>(levels.zero);
  const float* m = levels.of + levels.zero;
  int k = 1;
  while (k < levels.top() && magnitude > m[k + 1]) k++;
  if (k < levels.top() && magnitude > m[k]) {
    const double low = m[k];
    k += (magnitude - low) / (m[k + 1] - low) + u >= 1 ? 1 : 0;
  }
  k = middles.first[k - 1];
  return static_cast<std::uint16_t>(weight < 0 ? levels.zero - k : levels.zero + k);
}

/** Weights that are compared with all levels while they are in the first-level cache. */
constexpr int kCompared = 512;

/** Replaces weights by their nearest levels; dst may be src. Gives false, before it writes, when one has none. */
static inline bool replaceByLevels(const float* src, Count count, const Levels& levels, float* dst) {
  if (!levels.real) return false;
  Middles middles;
  middles.fill(levels);
  const float* m = levels.of + levels.zero;
  float nearest[kCompared];
  for (Count begin = 0; begin < count; begin += kCompared) {
    const int some = static_cast<int>(count - begin < kCompared ? count - begin : kCompared);
    const float* from = src + begin;
    float* to = dst + begin;
    std::uint32_t bad = 0;
    for (int i = 0; i < some; i++) {
      bad |= from[i] != from[i] ? 1u : 0u;
      nearest[i] = m[1];
    }
    if (bad != 0) return false;
    for (int k = 1; k < levels.top(); k++) {
      const float middle = middles.above[k - 1];
      const float level = m[k + 1];
      for (int i = 0; i < some; i++) nearest[i] = std::fabs(from[i]) > middle ? level : nearest[i];
    }
    for (int i = 0; i < some; i++) {
      const float weight = from[i];
      const float level = weight < 0 ? 0.0f - nearest[i] : nearest[i];
      to[i] = std::fabs(weight) < levels.threshold ? 0.0f : level;
    }
  }
  return true;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
