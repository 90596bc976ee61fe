// Gradients that are sent with what was lost before, to the bit as encodeWithFeedback of @dqrm/core.
#pragma once

#include "sent-writer.h"

namespace dqrm {
namespace DQRM_ISA {

/** Sends sums of gradients and residuals, and keeps what readers will not have. */
struct CorrectedValues {
  const float* gradient;
  const float* residual;
  float* left;

  float at(Count i) const { return gradient[i] + residual[i]; }

  float peak(Count begin, Count count) const {
    const float* g = gradient + begin;
    const float* r = residual + begin;
    PeakBits a = noPeak();
    PeakBits b = noPeak();
    Count i = 0;
    for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
      a = raise(a, add(load(g + i), load(r + i)));
      b = raise(b, add(load(g + i + kLanes), load(r + i + kLanes)));
    }
    for (; i < count; i += kLanes) {
      const int some = count - i < kLanes ? static_cast<int>(count - i) : kLanes;
      a = raise(a, add(loadFirst(g + i, some), loadFirst(r + i, some)));
    }
    return peakOf(higher(a, b));
  }

  const float* take(Count first, int count, float* room) const {
    const float* g = gradient + first;
    const float* r = residual + first;
    int i = 0;
    for (; i + kLanes <= count; i += kLanes) store(room + i, add(load(g + i), load(r + i)));
    for (; i < count; i++) room[i] = g[i] + r[i];
    return room;
  }

  float* leftAt(Count first) const { return left + first; }

  void keepFloats(const float* values, const std::uint8_t* codes, int count, Count first, Count coding) const {
    float* to = left + first;
    for (int i = 0; i < count; i++) {
      float sent = values[i];
      if (coding == kSentBfloat16) {
        std::uint16_t half;
        std::memcpy(&half, codes + 2 * i, sizeof half);
        sent = floatOfBits(static_cast<std::uint32_t>(half) << 16);
      }
      to[i] = values[i] - sent;
    }
  }
};

/** Gives the position behind what was written, or a negative number. */
static Count encodeWithFeedback(Ints rows, Floats gradient, Floats residual, Count count, Count cols, double seed,
                                double stream, Bytes out, Count at, Floats left, Count coding, Count groups,
                                bool stochastic) {
  if (cols < 1 || !holds(gradient.length, count, cols) || !holds(residual.length, count, cols)) return -1;
  if (!holds(left.length, count, cols)) return -1;
  const CorrectedValues source = {gradient.data, residual.data, left.data};
  return writeSent(source, {rows, count, cols, seed, stream, out, at, coding, groups, stochastic});
}

}  // namespace DQRM_ISA
}  // namespace dqrm
