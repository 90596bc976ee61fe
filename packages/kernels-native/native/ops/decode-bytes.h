// The reading of bytes that were coded by their frequency; accepts what decodeBytes of @dqrm/core accepts.
#pragma once

#include "entropy.h"

namespace dqrm {
namespace DQRM_ISA {

/** Reads a number below 2^14; negative behind the end, too long, or longer than it must be. */
static inline int readShort(const std::uint8_t* bytes, Count& at, Count end) {
  if (at >= end) return -1;
  const int low = bytes[at++];
  if (low < 128) return low;
  if (at >= end || bytes[at] == 0 || bytes[at] >= 128) return -1;
  return (low & 127) + 128 * bytes[at++];
}

/** Holds what the slots of a state decode to: the frequency of their symbol, their distance from its first, and itself. */
struct Slots {
  std::uint16_t frequency[kTotal];
  std::uint16_t distance[kTotal];
  std::uint8_t symbol[kTotal];
};

static inline bool readSlots(const std::uint8_t* bytes, Count& at, Count end, Slots& slots) {
  const int symbols = readShort(bytes, at, end);
  if (symbols < 1 || symbols > kSymbols) return false;
  int start = 0;
  int previous = -1;
  for (int i = 0; i < symbols; i++) {
    if (at >= end) return false;
    const int symbol = bytes[at++];
    const int frequency = readShort(bytes, at, end);
    if (symbol <= previous || frequency < 1 || start + frequency > kTotal) return false;
    for (int k = 0; k < frequency; k++) {
      slots.frequency[start + k] = static_cast<std::uint16_t>(frequency);
      slots.distance[start + k] = static_cast<std::uint16_t>(k);
      slots.symbol[start + k] = static_cast<std::uint8_t>(symbol);
    }
    start += frequency;
    previous = symbol;
  }
  return start == kTotal;
}

DQRM_INLINE std::uint32_t stepBack(std::uint32_t x, std::uint32_t slot, const Slots& slots) {
  return slots.frequency[slot] * (x >> kTotalBits) + slots.distance[slot];
}

/** Gives 1 when the bytes were exactly what `count` others were coded to, else 0. */
static Count decodeBytes(Bytes src, Part part, Bytes dst, Count count) {
  if (!isPart(part) || src.length < part.end || dst.length < count) return -1;
  const std::uint8_t* bytes = src.data;
  const Count end = part.end;
  Count at = part.begin;
  Slots slots;
  if (!readSlots(bytes, at, end, slots) || at + kStateBytes > end) return 0;
  std::uint32_t x = 0;
  for (int i = 0; i < kStateBytes; i++) x |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
  at += kStateBytes;
  if (x < kLowest || x >= kLowest * 256) return 0;
  Count i = 0;
  // At most two bytes bring a state back: while as many are left none is looked for.
  for (; i < count && at + 2 <= end; i++) {
    const std::uint32_t slot = x & (kTotal - 1);
    dst.data[i] = slots.symbol[slot];
    x = stepBack(x, slot, slots);
    const std::uint32_t filled = x << 8 | bytes[at];
    const bool low = x < kLowest;
    // A byte comes in as often as not: no branch. A second one is rare.
    x = low ? filled : x;
    at += low ? 1 : 0;
    if (__builtin_expect(x < kLowest, 0)) x = x << 8 | bytes[at++];
  }
  for (; i < count; i++) {
    const std::uint32_t slot = x & (kTotal - 1);
    dst.data[i] = slots.symbol[slot];
    x = stepBack(x, slot, slots);
    while (x < kLowest) {
      if (at >= end) return 0;
      x = x << 8 | bytes[at++];
    }
  }
  return at == end && x == kLowest ? 1 : 0;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
