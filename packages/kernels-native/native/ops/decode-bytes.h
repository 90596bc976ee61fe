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

/** Slots are filled so many at once, the last ones of a symbol into those of the next. */
constexpr int kSlotsAtOnce = 16;

/**
 * Holds what the slots of a state decode to: frequency − 1 of their symbol in the upper 12 bits, their distance from its first in
 * 12, and itself in 8.
 */
struct Slots {
  std::uint32_t of[kTotal + kSlotsAtOnce];
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
    const std::uint32_t fixed = static_cast<std::uint32_t>(frequency - 1) << 20 | static_cast<std::uint32_t>(symbol);
    for (int k = 0; k < frequency; k += kSlotsAtOnce) {
      for (int j = 0; j < kSlotsAtOnce; j++) slots.of[start + k + j] = fixed + (static_cast<std::uint32_t>(k + j) << 8);
    }
    start += frequency;
    previous = symbol;
  }
  return start == kTotal;
}

/** Reads words upwards from `at` to `end`. */
struct WordsUp {
  const std::uint8_t* at;
  const std::uint8_t* end;
};

/** Gives the symbol of a state and moves the state back, with a word where it needs one; false when there is none. */
DQRM_INLINE bool popSymbol(std::uint32_t& state, std::uint8_t& symbol, const Slots& slots, WordsUp& words) {
  const std::uint32_t slot = slots.of[state & (kTotal - 1)];
  symbol = static_cast<std::uint8_t>(slot);
  const std::uint32_t whole = state >> kTotalBits;
  std::uint32_t x = (slot >> 20) * whole + whole + (slot >> 8 & (kTotal - 1));
  if (x < kLowest) {
    if (__builtin_expect(words.end - words.at < 2, 0)) return false;
    x = x << kWordBits | words.at[0] | static_cast<std::uint32_t>(words.at[1]) << 8;
    words.at += 2;
  }
  state = x;
  return true;
}

#if defined(__AVX512F__)

/** Gives sixteen symbols of sixteen states; there are at least sixteen words. */
DQRM_INLINE void popSixteen(__m512i& states, std::uint8_t* symbols, const Slots& slots, WordsUp& words) {
  const __m512i mask = _mm512_set1_epi32(kTotal - 1);
  const __m512i slot = _mm512_i32gather_epi32(_mm512_and_si512(states, mask), slots.of, 4);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(symbols), _mm512_cvtepi32_epi8(slot));
  const __m512i whole = _mm512_srli_epi32(states, kTotalBits);
  const __m512i distance = _mm512_and_si512(_mm512_srli_epi32(slot, 8), mask);
  const __m512i frequency = _mm512_srli_epi32(slot, 20);
  const __m512i x =
      _mm512_add_epi32(_mm512_mullo_epi32(frequency, whole), _mm512_add_epi32(whole, distance));
  const __mmask16 low = _mm512_cmplt_epu32_mask(x, _mm512_set1_epi32(kLowest));
  const __m256i next = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words.at));
  const __m512i filled = _mm512_or_si512(_mm512_slli_epi32(x, kWordBits),
                                         _mm512_maskz_expand_epi32(low, _mm512_cvtepu16_epi32(next)));
  states = _mm512_mask_mov_epi32(x, low, filled);
  words.at += 2 * __builtin_popcount(low);
}

/** Gives the symbols of whole turns while there are words enough; gives the turns that it did. */
static inline Count popTurns(std::uint32_t* states, std::uint8_t* dst, Count turns, const Slots& slots, WordsUp& words) {
  __m512i first = _mm512_loadu_si512(states);
  __m512i second = _mm512_loadu_si512(states + 16);
  Count done = 0;
  for (; done < turns && words.end - words.at >= 2 * kManyStates; done++) {
    std::uint8_t* symbols = dst + kManyStates * done;
    popSixteen(first, symbols, slots, words);
    popSixteen(second, symbols + 16, slots, words);
  }
  _mm512_storeu_si512(states, first);
  _mm512_storeu_si512(states + 16, second);
  return done;
}

#else

static inline Count popTurns(std::uint32_t*, std::uint8_t*, Count, const Slots&, WordsUp&) { return 0; }

#endif

template <int kStates>
static inline bool popAll(std::uint32_t* states, std::uint8_t* dst, Count count, const Slots& slots, WordsUp& words) {
  Count i = kStates == kManyStates ? kStates * popTurns(states, dst, count / kStates, slots, words) : 0;
  for (; i + kStates <= count; i += kStates) {
    for (int k = 0; k < kStates; k++) {
      if (!popSymbol(states[k], dst[i + k], slots, words)) return false;
    }
  }
  for (; i < count; i++) {
    if (!popSymbol(states[i % kStates], dst[i], slots, words)) return false;
  }
  return true;
}

/** Gives 1 when the bytes were exactly what `count` others were coded to, else 0. */
static Count decodeBytes(Bytes src, Part part, Bytes dst, Count count) {
  if (!isPart(part) || src.length < part.end || dst.length < count) return -1;
  const std::uint8_t* bytes = src.data;
  const Count end = part.end;
  Count at = part.begin;
  const int used = statesOf(count);
  Slots slots;
  if (!readSlots(bytes, at, end, slots) || at + used * kStateBytes > end) return 0;
  std::uint32_t states[kManyStates];
  for (int s = 0; s < used; s++, at += kStateBytes) {
    states[s] = 0;
    for (int i = 0; i < kStateBytes; i++) states[s] |= static_cast<std::uint32_t>(bytes[at + i]) << (8 * i);
    if (states[s] < kLowest) return 0;
  }
  WordsUp words = {bytes + at, bytes + end};
  const bool whole = used == 1            ? popAll<1>(states, dst.data, count, slots, words)
                     : used == kFewStates ? popAll<kFewStates>(states, dst.data, count, slots, words)
                                          : popAll<kManyStates>(states, dst.data, count, slots, words);
  if (!whole || words.at != words.end) return 0;
  for (int s = 0; s < used; s++) {
    if (states[s] != kLowest) return 0;
  }
  return 1;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
