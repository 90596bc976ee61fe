// Values that are sent: the scales of groups, then codes, to the bit as encodeValues of @dqrm/core.
#pragma once

#include "sent-writer.h"

namespace dqrm {
namespace DQRM_ISA {

/** Sends values as they are, and keeps nothing. */
struct PlainValues {
  const float* values;

  float at(Count i) const { return values[i]; }
  float peak(Count begin, Count count) const { return peakOf(values + begin, count); }
  const float* take(Count first, int, float*) const { return values + first; }
  float* leftAt(Count) const { return nullptr; }
  void keepFloats(const float*, const std::uint8_t*, int, Count, Count) const {}
};

/** Gives the position behind what was written, or a negative number. */
static Count encodeValues(Ints rows, Floats values, Count count, Count cols, double seed, double stream, Bytes out,
                          Count at, Count coding, Count groups, bool stochastic) {
  if (cols < 1 || !holds(values.length, count, cols)) return -1;
  const PlainValues source = {values.data};
  return writeSent(source, {rows, count, cols, seed, stream, out, at, coding, groups, stochastic});
}

}  // namespace DQRM_ISA
}  // namespace dqrm
