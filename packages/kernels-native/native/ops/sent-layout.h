// Where the parts of values stand that are sent: the scales of all groups, then the codes. As valueLayout of @dqrm/core.
#pragma once

#include "quantize-span.h"

namespace dqrm {
namespace DQRM_ISA {

/** Codings of values by their numbers on the wire. */
constexpr Count kSentFloat32 = 0;
constexpr Count kSentInt8 = 1;
constexpr Count kSentInt16 = 2;
constexpr Count kSentInt4 = 3;
constexpr Count kSentTernary = 4;
constexpr Count kSentSign = 5;
constexpr Count kSentBfloat16 = 6;

/** Values that are coded at a time: whole bytes in every coding, for 2, 5 and 8 codes fill one. */
constexpr int kSentAtOnce = 640;

struct SentLayout {
  Count total;
  Count groupValues;
  Count stride;
  Count scaleBytes;
  Count codeBytes;
};

DQRM_INLINE bool isSentScaled(Count coding) { return coding != kSentFloat32 && coding != kSentBfloat16; }

/** Counts the bytes of the codes of some values. */
DQRM_INLINE Count sentCodeBytes(Count coding, Count values) {
  switch (coding) {
    case kSentFloat32:
      return 4 * values;
    case kSentInt16:
    case kSentBfloat16:
      return 2 * values;
    case kSentInt4:
      return (values + 1) / 2;
    case kSentTernary:
      return (values + 4) / 5;
    case kSentSign:
      return (values + 7) / 8;
    default:
      return values;
  }
}

/** Lays out values of which an array holds all; `groups` is 0 for one scale, 1 for one a row, else the values of a block. */
static inline SentLayout laySent(Count coding, Count groups, Count count, Count cols) {
  SentLayout layout;
  layout.total = count * cols;
  layout.groupValues = groups == 0 ? (layout.total > 1 ? layout.total : 1) : groups == 1 ? cols : groups;
  layout.stride = isSentScaled(coding) ? (groups > 1 ? 2 : 4) : 0;
  layout.scaleBytes = layout.stride * ((layout.total + layout.groupValues - 1) / layout.groupValues);
  layout.codeBytes = sentCodeBytes(coding, layout.total);
  return layout;
}

/** Gives the largest decoded magnitude in units of the scale. */
DQRM_INLINE int sentPeak(Count coding) {
  return coding == kSentInt8 ? 127 : coding == kSentInt16 ? 32767 : coding == kSentInt4 ? 7 : 1;
}

DQRM_INLINE float floatOfBits(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

DQRM_INLINE std::uint32_t bitsOfFloat(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

/** Reads the bits of a scale, of which a block's are a bfloat16. */
DQRM_INLINE std::uint32_t sentScaleBits(const std::uint8_t* at, Count stride) {
  const std::uint32_t low = at[0] | static_cast<std::uint32_t>(at[1]) << 8;
  if (stride == 2) return low << 16;
  return low | static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
