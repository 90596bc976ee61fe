// Levels of values that are sent, packed to bytes.
#pragma once

#include "sent-layout.h"

namespace dqrm {
namespace DQRM_ISA {

/** Packs levels to whole bytes, which those of 8 bits are already; those behind the last value are what the rest of a byte is filled with. */
static inline void packLevels(const std::int16_t* levels, int bytes, Count coding, std::uint8_t* codes) {
  switch (coding) {
    case kSentInt16:
      std::memcpy(codes, levels, static_cast<std::size_t>(bytes));
      return;
    case kSentInt4:
      for (int i = 0; i < bytes; i++) {
        // As one number, the second level stands above the first; 8 more than a level is its low bits with the highest turned.
        std::uint32_t pair;
        std::memcpy(&pair, levels + 2 * i, sizeof pair);
        codes[i] = static_cast<std::uint8_t>(((pair & 0x0f) | (pair >> 12 & 0xf0)) ^ 0x88);
      }
      return;
    case kSentTernary:
      for (int i = 0; i < bytes; i++) {
        const std::int16_t* five = levels + 5 * i;
        const int code = five[0] + 3 * five[1] + 9 * five[2] + 27 * five[3] + 81 * five[4];
        codes[i] = static_cast<std::uint8_t>(code + 121);
      }
      return;
    default:
      for (int i = 0; i < bytes; i++) {
        int code = 0;
        for (int b = 0; b < 8; b++) code |= levels[8 * i + b] << b;
        codes[i] = static_cast<std::uint8_t>(code);
      }
  }
}

/** Gives the level whose code is zero, which fills the last byte. */
DQRM_INLINE std::int16_t fillingLevel(Count coding) {
  return coding == kSentInt4 ? -8 : coding == kSentTernary ? -1 : 0;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
