// Values that were sent: what encodeValues wrote, and nothing else.
#pragma once

#include "sent-layout.h"

namespace dqrm {
namespace DQRM_ISA {

/** Tells whether the bits behind the last of `values` codes are zero. */
static inline bool isPadded(const std::uint8_t* codes, Count values, Count coding) {
  constexpr int kPowers[5] = {1, 3, 9, 27, 81};
  if (coding == kSentInt4) return values % 2 == 0 || codes[values / 2] >> 4 == 0;
  if (coding == kSentTernary) return values % 5 == 0 || codes[values / 5] < kPowers[values % 5];
  if (coding == kSentSign) return values % 8 == 0 || codes[values / 8] >> (values % 8) == 0;
  return true;
}

/** Unpacks codes of whole bytes to levels; gives what is not zero when a code is none, of those behind the last value too. */
static inline std::uint32_t unpackLevels(const std::uint8_t* codes, int bytes, Count coding, std::int16_t* levels) {
  std::uint32_t bad = 0;
  switch (coding) {
    case kSentInt8:
      for (int i = 0; i < bytes; i++) {
        levels[i] = static_cast<std::int8_t>(codes[i]);
        bad |= codes[i] == 0x80 ? 1u : 0u;
      }
      return bad;
    case kSentInt16:
      std::memcpy(levels, codes, static_cast<std::size_t>(bytes));
      for (int i = 0; i < bytes / 2; i++) bad |= levels[i] == -32768 ? 1u : 0u;
      return bad;
    case kSentInt4:
      for (int i = 0; i < bytes; i++) {
        levels[2 * i] = static_cast<std::int16_t>((codes[i] & 15) - 8);
        levels[2 * i + 1] = static_cast<std::int16_t>((codes[i] >> 4) - 8);
        bad |= (codes[i] & 15) == 0 || codes[i] >> 4 == 0 ? 1u : 0u;
      }
      return bad;
    case kSentTernary:
      for (int i = 0; i < bytes; i++) {
        int code = codes[i];
        bad |= code >= 243 ? 1u : 0u;
        for (int d = 0; d < 5; d++, code /= 3) levels[5 * i + d] = static_cast<std::int16_t>(code % 3 - 1);
      }
      return bad;
    default:
      for (int i = 0; i < bytes; i++) {
        for (int b = 0; b < 8; b++) levels[8 * i + b] = static_cast<std::int16_t>(2 * ((codes[i] >> b) & 1) - 1);
      }
      return bad;
  }
}

static inline bool readLevels(const std::uint8_t* scales, const std::uint8_t* codes, const SentLayout& layout,
                              Count coding, float* values) {
  // The last byte of a coding may hold more codes than there are values.
  std::int16_t levels[kSentAtOnce + 8];
  const float peak = static_cast<float>(sentPeak(coding));
  Count groupEnd = 0;
  float scale = 0;
  for (Count first = 0; first < layout.total; first += kSentAtOnce) {
    const Count left = layout.total - first;
    const int count = left < kSentAtOnce ? static_cast<int>(left) : kSentAtOnce;
    // An odd last code of four bits is looked at alone: the filling behind it would be none.
    const bool odd = coding == kSentInt4 && count % 2 != 0;
    const int bytes = static_cast<int>(sentCodeBytes(coding, count)) - (odd ? 1 : 0);
    const std::uint8_t* from = codes + sentCodeBytes(coding, first);
    if (unpackLevels(from, bytes, coding, levels) != 0) return false;
    if (odd) {
      if (from[bytes] == 0) return false;
      levels[count - 1] = static_cast<std::int16_t>(from[bytes] - 8);
    }
    for (int i = 0; i < count;) {
      if (first + i == groupEnd) {
        const std::uint32_t bits = sentScaleBits(scales, layout.stride);
        scale = floatOfBits(bits);
        if (bits >= 0x80000000u || !isFinite(scale * peak)) return false;
        groupEnd += layout.groupValues;
        scales += layout.stride;
      }
      const Count some = groupEnd - (first + i);
      const int end = some < count - i ? i + static_cast<int>(some) : count;
      for (int k = i; k < end; k++) values[first + k] = static_cast<float>(levels[k]) * scale;
      i = end;
    }
  }
  return true;
}

/** Copies floats, or the upper halves of some; false when one is not finite. */
static inline bool readFloats(const std::uint8_t* codes, Count count, Count coding, float* values) {
  std::uint32_t bad = 0;
  for (Count i = 0; i < count; i++) {
    std::uint32_t bits = 0;
    if (coding == kSentFloat32) {
      std::memcpy(&bits, codes + 4 * i, 4);
    } else {
      std::uint16_t half;
      std::memcpy(&half, codes + 2 * i, 2);
      bits = static_cast<std::uint32_t>(half) << 16;
    }
    bad |= (bits & 0x7f800000u) == 0x7f800000u ? 1u : 0u;
    std::memcpy(values + i, &bits, 4);
  }
  return bad == 0;
}

/** Gives 1 when all values were read, 0 when some are none; what a caller did wrong is a negative number. */
static Count decodeValues(Bytes scales, Count scalesAt, Bytes codes, Count codesAt, Count count, Count cols,
                          Floats values, Count coding, Count groups) {
  if (cols < 1 || !holds(values.length, count, cols) || scalesAt > scales.length || codesAt > codes.length) {
    return -1;
  }
  const SentLayout layout = laySent(coding, groups, count, cols);
  if (layout.scaleBytes > scales.length - scalesAt || layout.codeBytes > codes.length - codesAt) return -1;
  const std::uint8_t* from = codes.data + codesAt;
  if (!isPadded(from, layout.total, coding)) return 0;
  const bool whole = layout.stride == 0
                         ? readFloats(from, layout.total, coding, values.data)
                         : readLevels(scales.data + scalesAt, from, layout, coding, values.data);
  return whole ? 1 : 0;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
