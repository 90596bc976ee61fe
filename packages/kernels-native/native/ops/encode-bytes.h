// Bytes coded by how often each occurs, to the byte as encodeBytes of @dqrm/core.
#pragma once

#include "entropy.h"

namespace dqrm {
namespace DQRM_ISA {

static constexpr Log2Table kLog2{};

/** Counts bytes in four tables, so that equal neighbours do not wait for each other. */
static inline void countBytes(const std::uint8_t* src, Count count, std::int64_t* counts) {
  std::uint32_t parts[4][kSymbols] = {};
  for (Count first = 0; first < count; first += 1 << 30) {
    const Count end = count - first < (1 << 30) ? count : first + (1 << 30);
    Count i = first;
    for (; i + 4 <= end; i += 4) {
      for (int k = 0; k < 4; k++) parts[k][src[i + k]]++;
    }
    for (; i < end; i++) parts[0][src[i]]++;
    for (int s = 0; s < kSymbols; s++) {
      for (int k = 0; k < 4; k++) counts[s] += parts[k][s];
      for (int k = 0; k < 4; k++) parts[k][s] = 0;
    }
  }
}

/** Scales counts to frequencies that add up to the total. */
static inline void normalizeCounts(const std::int64_t* counts, Count sum, int* frequencies) {
  int left = kTotal;
  for (int s = 0; s < kSymbols; s++) {
    const double share = static_cast<double>(counts[s]) / static_cast<double>(sum) * kTotal;
    const int whole = static_cast<int>(share);
    frequencies[s] = counts[s] == 0 ? 0 : whole > 1 ? whole : 1;
    left -= frequencies[s];
  }
  while (left != 0) {
    int most = 0;
    for (int s = 1; s < kSymbols; s++) most = frequencies[s] > frequencies[most] ? s : most;
    int change = left;
    if (left < 0) {
      const int eighth = -((frequencies[most] + 7) / 8);
      change = change > 1 - frequencies[most] ? change : 1 - frequencies[most];
      change = change > eighth ? change : eighth;
    }
    frequencies[most] += change;
    left -= change;
  }
}

/** Gives the bytes that coded symbols need. */
static inline Count entropyBytes(const std::int64_t* counts, const int* frequencies) {
  std::int64_t units = 0;
  for (int s = 0; s < kSymbols; s++) {
    if (counts[s] > 0) units += counts[s] * ((kTotalBits << 10) - kLog2.of[frequencies[s]]);
  }
  return (units + 8191) / 8192;
}

DQRM_INLINE std::uint8_t* writeShort(std::uint8_t* at, int value) {
  if (value < 128) {
    *at = static_cast<std::uint8_t>(value);
    return at + 1;
  }
  at[0] = static_cast<std::uint8_t>((value & 127) | 128);
  at[1] = static_cast<std::uint8_t>(value >> 7);
  return at + 2;
}

static inline std::uint8_t* writeTable(const int* frequencies, std::uint8_t* at) {
  int symbols = 0;
  for (int s = 0; s < kSymbols; s++) symbols += frequencies[s] > 0 ? 1 : 0;
  at = writeShort(at, symbols);
  for (int s = 0; s < kSymbols; s++) {
    if (frequencies[s] == 0) continue;
    *at++ = static_cast<std::uint8_t>(s);
    at = writeShort(at, frequencies[s]);
  }
  return at;
}

/** Moves a state by a symbol: divides by its frequency through the upper half of a product. */
struct SymbolStep {
  std::uint64_t reciprocal;
  std::uint32_t limit;
  std::uint32_t start;
  std::uint32_t rest;
};

static inline void fillSteps(const int* frequencies, SymbolStep* steps) {
  std::uint32_t start = 0;
  for (int s = 0; s < kSymbols; s++) {
    const std::uint32_t frequency = static_cast<std::uint32_t>(frequencies[s]);
    if (frequency == 0) continue;
    const std::uint32_t rest = kTotal - frequency;
    // ⌈2^64/frequency⌉ gives the whole quotient of every state below 2^31. For 1 it lacks one, which the start makes up for.
    const bool one = frequency == 1;
    steps[s] = {one ? ~std::uint64_t{0} : ~std::uint64_t{0} / frequency + 1, frequency << 19, one ? start + rest : start,
                rest};
    start += frequency;
  }
}

DQRM_INLINE std::uint32_t upperHalf(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint32_t>((static_cast<unsigned __int128>(a) * b) >> 64);
}

/** Writes states before `end`, the last first; gives where the first byte stands, or null when they do not fit. */
static inline std::uint8_t* writeStates(const std::uint8_t* src, Count count, const SymbolStep* steps,
                                        std::uint8_t* begin, std::uint8_t* end, std::uint32_t& state) {
  std::uint8_t* at = end;
  std::uint32_t x = kLowest;
  for (Count i = count - 1; i >= 0; i--) {
    const SymbolStep& step = steps[src[i]];
    // A byte goes out as often as not: no branch. Before the first stands the state, which is written last.
    const bool high = x >= step.limit;
    const std::uint32_t shorter = x >> 8;
    at[-1] = static_cast<std::uint8_t>(x);
    x = high ? shorter : x;
    at -= high ? 1 : 0;
    if (__builtin_expect(x >= step.limit, 0)) {
      *--at = static_cast<std::uint8_t>(x);
      x >>= 8;
    }
    if (__builtin_expect(at < begin, 0)) return nullptr;
    x += step.start + upperHalf(x, step.reciprocal) * step.rest;
  }
  state = x;
  return at;
}

/** Gives the bytes written, 0 when that does not pay, or a negative number. */
static Count encodeBytes(Bytes src, Part part, Bytes out, Count at) {
  if (!isPart(part) || src.length < part.end || at > out.length) return -1;
  const Count count = part.end - part.begin;
  if (count + kMaxTableBytes > out.length - at) return -1;
  if (count == 0) return 0;
  const std::uint8_t* from = src.data + part.begin;
  std::int64_t counts[kSymbols] = {};
  int frequencies[kSymbols];
  countBytes(from, count, counts);
  normalizeCounts(counts, count, frequencies);
  std::uint8_t* start = out.data + at;
  std::uint8_t* stateAt = writeTable(frequencies, start);
  const Count expected = stateAt - start + kStateBytes + entropyBytes(counts, frequencies);
  if (expected >= count || expected * kMaxExpansion < count) return 0;
  SymbolStep steps[kSymbols];
  fillSteps(frequencies, steps);
  std::uint8_t* first = stateAt + kStateBytes;
  std::uint32_t state = 0;
  const std::uint8_t* states = writeStates(from, count, steps, first, first + count, state);
  if (states == nullptr) return 0;
  for (int i = 0; i < kStateBytes; i++) stateAt[i] = static_cast<std::uint8_t>(state >> (8 * i));
  const Count bytes = first + count - states;
  std::memmove(first, states, static_cast<std::size_t>(bytes));
  const Count written = first - start + bytes;
  return written < count && written * kMaxExpansion >= count ? written : 0;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
