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
    for (int k = 0; k < 4; k++) {
      for (int s = 0; s < kSymbols; s++) counts[s] += parts[k][s];
      for (int s = 0; s < kSymbols; s++) parts[k][s] = 0;
    }
  }
}

/** Scales counts to frequencies that add up to the total. */
static inline void normalizeCounts(const std::int64_t* counts, Count sum, int* frequencies) {
  const double all = static_cast<double>(sum);
  int left = kTotal;
  // No branches, here and below: these loops are what coding a few bytes takes.
  for (int s = 0; s < kSymbols; s++) {
    const int whole = static_cast<int>(static_cast<double>(counts[s]) / all * kTotal);
    frequencies[s] = (whole > 1 ? whole : 1) & -static_cast<int>(counts[s] != 0);
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
  for (int s = 0; s < kSymbols; s++) units += counts[s] * ((kTotalBits << 10) - kLog2.of[frequencies[s]]);
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

/** Moves a state by a symbol: divides by its frequency through a reciprocal. */
struct SymbolSteps {
  double reciprocal[kSymbols];
  /** The frequency, 13 bits, above the first slot of the symbol, 12 bits. */
  std::uint32_t share[kSymbols];
};

static inline void fillSteps(const int* frequencies, SymbolSteps& steps) {
  for (int s = 0; s < kSymbols; s++) steps.reciprocal[s] = 1.0 / frequencies[s];
  std::uint32_t start = 0;
  for (int s = 0; s < kSymbols; s++) {
    const std::uint32_t frequency = static_cast<std::uint32_t>(frequencies[s]);
    steps.share[s] = frequency << kTotalBits | start;
    start += frequency;
  }
}

/** Writes words downwards from `at`; `begin` is where the first may stand. */
struct WordsDown {
  std::uint8_t* begin;
  std::uint8_t* at;
};

/** Moves a state by a symbol, and writes the word that leaves it; false when there is no room for it. */
DQRM_INLINE bool pushSymbol(std::uint32_t& state, int symbol, const SymbolSteps& steps, WordsDown& words) {
  const std::uint32_t share = steps.share[symbol];
  const std::uint32_t frequency = share >> kTotalBits;
  std::uint32_t x = state;
  if (x >> (2 * kWordBits - kTotalBits) >= frequency) {
    if (__builtin_expect(words.at - words.begin < 2, 0)) return false;
    words.at -= 2;
    words.at[0] = static_cast<std::uint8_t>(x);
    words.at[1] = static_cast<std::uint8_t>(x >> 8);
    x >>= kWordBits;
  }
  // A half away from the next whole quotient on both sides, the product cannot be rounded across it.
  const std::uint32_t whole = static_cast<std::uint32_t>((x + 0.5) * steps.reciprocal[symbol]);
  state = x + (share & (kTotal - 1)) + whole * (kTotal - frequency);
  return true;
}

#if defined(__AVX512F__)

DQRM_INLINE __m256i quotients(__m256i x, __m256i symbols, const double* reciprocal) {
  const __m512d shifted = _mm512_add_pd(_mm512_cvtepu32_pd(x), _mm512_set1_pd(0.5));
  return _mm512_cvttpd_epu32(_mm512_mul_pd(shifted, _mm512_i32gather_pd(symbols, reciprocal, 8)));
}

/** Moves sixteen states by sixteen symbols, the last state first; there is room for a word of each. */
DQRM_INLINE void pushSixteen(__m512i& states, const std::uint8_t* symbols, const SymbolSteps& steps, WordsDown& words) {
  const __m512i symbol = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(symbols)));
  const __m512i share = _mm512_i32gather_epi32(symbol, steps.share, 4);
  const __m512i frequency = _mm512_srli_epi32(share, kTotalBits);
  const __m512i top = _mm512_srli_epi32(states, 2 * kWordBits - kTotalBits);
  const __mmask16 leaves = _mm512_cmpge_epu32_mask(top, frequency);
  const int count = __builtin_popcount(leaves);
  // The words stand behind zeros, which what is written before them overwrites.
  const __m512i packed = _mm512_maskz_compress_epi32(leaves, states);
  const __m512i placed = _mm512_maskz_expand_epi32(static_cast<__mmask16>(0xffff0000u >> count), packed);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words.at - 32), _mm512_cvtepi32_epi16(placed));
  words.at -= 2 * count;
  const __m512i x = _mm512_mask_srli_epi32(states, leaves, states, kWordBits);
  const __m256i low = quotients(_mm512_castsi512_si256(x), _mm512_castsi512_si256(symbol), steps.reciprocal);
  const __m256i high =
      quotients(_mm512_extracti64x4_epi64(x, 1), _mm512_extracti64x4_epi64(symbol, 1), steps.reciprocal);
  const __m512i whole = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  const __m512i start = _mm512_and_si512(share, _mm512_set1_epi32(kTotal - 1));
  const __m512i rest = _mm512_sub_epi32(_mm512_set1_epi32(kTotal), frequency);
  states = _mm512_add_epi32(_mm512_add_epi32(x, start), _mm512_mullo_epi32(whole, rest));
}

/** Moves all states by whole turns of symbols, the last turn first, while there is room; gives the turns left. */
static inline Count pushTurns(std::uint32_t* states, const std::uint8_t* src, Count turns, const SymbolSteps& steps,
                              WordsDown& words) {
  __m512i first = _mm512_loadu_si512(states);
  __m512i second = _mm512_loadu_si512(states + 16);
  Count left = turns;
  for (; left > 0 && words.at - words.begin >= 2 * kManyStates; left--) {
    const std::uint8_t* symbols = src + kManyStates * (left - 1);
    pushSixteen(second, symbols + 16, steps, words);
    pushSixteen(first, symbols, steps, words);
  }
  _mm512_storeu_si512(states, first);
  _mm512_storeu_si512(states + 16, second);
  return left;
}

#else

static inline Count pushTurns(std::uint32_t*, const std::uint8_t*, Count turns, const SymbolSteps&, WordsDown&) {
  return turns;
}

#endif

/** Moves as many states as a count of bytes has by all of them, the last first; false when words do not fit. */
template <int kStates>
static inline bool pushAll(std::uint32_t* states, const std::uint8_t* src, Count count, const SymbolSteps& steps,
                           WordsDown& words) {
  Count i = count;
  while (i % kStates != 0) {
    i--;
    if (!pushSymbol(states[i % kStates], src[i], steps, words)) return false;
  }
  if (kStates == kManyStates) i = pushTurns(states, src, i / kStates, steps, words) * kStates;
  while (i > 0) {
    for (int k = kStates - 1; k >= 0; k--) {
      i--;
      if (!pushSymbol(states[k], src[i], steps, words)) return false;
    }
  }
  return true;
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
  std::uint8_t* statesAt = writeTable(frequencies, start);
  const int used = statesOf(count);
  std::uint8_t* first = statesAt + used * kStateBytes;
  const Count expected = first - start + entropyBytes(counts, frequencies);
  if (expected >= count || expected * kMaxExpansion < count) return 0;
  SymbolSteps steps;
  fillSteps(frequencies, steps);
  std::uint32_t states[kManyStates];
  for (std::uint32_t& state : states) state = kLowest;
  WordsDown words = {first, first + count};
  const bool fits = used == 1            ? pushAll<1>(states, from, count, steps, words)
                    : used == kFewStates ? pushAll<kFewStates>(states, from, count, steps, words)
                                         : pushAll<kManyStates>(states, from, count, steps, words);
  if (!fits) return 0;
  for (int s = 0; s < used; s++) {
    for (int i = 0; i < kStateBytes; i++) *statesAt++ = static_cast<std::uint8_t>(states[s] >> (8 * i));
  }
  const Count bytes = first + count - words.at;
  std::memmove(first, words.at, static_cast<std::size_t>(bytes));
  const Count written = first - start + bytes;
  return written < count && written * kMaxExpansion >= count ? written : 0;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
