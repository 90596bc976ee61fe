// Rows of floats as codes of 8 bits with a scale of their own.
#pragma once

#include <cmath>
#include <limits>

#include "int8-tile.h"

namespace dqrm {
namespace DQRM_ISA {

/** Smallest peak that a row's scale is made of: its inverse times 255 is still finite. */
constexpr float kLeastRowPeak = 1e-30f;

/** Codes of rows that may be negative lie in [−127, 127], of others in [0, 255]. */
constexpr float rowLevels(bool isSigned) { return isSigned ? 127.0f : 255.0f; }

#if defined(__AVX512VNNI__)
constexpr int kBlockVectors = 4;
#else
constexpr int kBlockVectors = 2;
#endif
/** Inputs that are packed together. */
constexpr int kBlock = kBlockVectors * kLanes;

/** Rounds up to whole vectors of floats. */
constexpr int wholeVectors(int count) { return (count + kLanes - 1) / kLanes * kLanes; }

/** Gives the place of an input in a row of codes: packing interleaves the quarters of vectors. */
static inline int placeOf(int input, int inputs) {
  const int block = input / kBlock * kBlock;
  if (block + kBlock > wholeVectors(inputs)) return input;
  const int vector = (input - block) / kLanes, lane = input % kLanes;
  return block + lane / 4 * (4 * kBlockVectors) + vector * 4 + lane % 4;
}

#if defined(__AVX512VNNI__)
DQRM_INLINE Sums codesOf(const float* y, Vector inverse, Sums offset) {
  return _mm512_add_epi32(_mm512_cvtps_epi32(mul(load(y), inverse)), offset);
}
DQRM_INLINE void packBlock(const float* y, Vector inverse, Sums offset, InputCode* to) {
  const Sums low = _mm512_packs_epi32(codesOf(y, inverse, offset), codesOf(y + 16, inverse, offset));
  const Sums high = _mm512_packs_epi32(codesOf(y + 32, inverse, offset), codesOf(y + 48, inverse, offset));
  _mm512_storeu_si512(to, _mm512_packus_epi16(low, high));
}
DQRM_INLINE void packVector(const float* y, Vector inverse, Sums offset, InputCode* to) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtusepi32_epi8(codesOf(y, inverse, offset)));
}
DQRM_INLINE std::uint32_t highest(PeakBits peak) { return _mm512_reduce_max_epu32(peak); }
#elif defined(__AVX2__)
DQRM_INLINE Sums codesOf(const float* y, Vector inverse) { return _mm256_cvtps_epi32(mul(load(y), inverse)); }
DQRM_INLINE void packBlock(const float* y, Vector inverse, Sums, InputCode* to) {
  const Sums packed = _mm256_packs_epi32(codesOf(y, inverse), codesOf(y + 8, inverse));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), packed);
}
DQRM_INLINE void packVector(const float* y, Vector inverse, Sums, InputCode* to) {
  const Sums codes = codesOf(y, inverse);
  const __m128i packed = _mm_packs_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), packed);
}
DQRM_INLINE std::uint32_t highest(PeakBits peak) {
  __m128i x = _mm_max_epu32(_mm256_castsi256_si128(peak), _mm256_extracti128_si256(peak, 1));
  x = _mm_max_epu32(x, _mm_shuffle_epi32(x, 0x4e));
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_max_epu32(x, _mm_shuffle_epi32(x, 0xb1))));
}
#else
DQRM_INLINE void packVector(const float* y, Vector inverse, Sums, InputCode* to) {
  // 1.5 · 2^23 + x has the nearest whole number, halves to even, in its low bits.
  const Vector shifted = add(mul(load(y), inverse), splat(12582912.0f));
  const Sums codes = reinterpret_cast<Sums>(shifted) - 0x4b400000;
  for (int i = 0; i < kLanes; i++) to[i] = static_cast<InputCode>(codes[i]);
}
DQRM_INLINE void packBlock(const float* y, Vector inverse, Sums offset, InputCode* to) {
  for (int v = 0; v < kBlockVectors; v++) packVector(y + v * kLanes, inverse, offset, to + v * kLanes);
}
DQRM_INLINE std::uint32_t highest(PeakBits peak) {
  std::uint32_t most = 0;
  for (int i = 0; i < kLanes; i++) most = peak[i] > most ? peak[i] : most;
  return most;
}
#endif

DQRM_INLINE float floatOf(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/** Gives the largest magnitude of a row; NaN counts as the largest. Whole vectors are read. */
static inline float peakOfRow(const float* y, int count) {
  PeakBits peak = noPeak();
  for (int c = 0; c < count; c += kLanes) peak = raise(peak, load(y + c));
  return floatOf(highest(peak));
}

/**
 * Writes the codes of a row whose peak is known, and returns their scale: y ≈ code × scale.
 *
 * A row that is not finite becomes zeros whose scale is NaN, which reaches every logit that depends on it.
 * Reads and writes whole vectors: what lies beyond `count` meets weights of zero.
 */
DQRM_INLINE float encodeRow(const float* y, int count, float peak, bool isSigned, InputCode* to) {
  const int whole = wholeVectors(count);
  if (!std::isfinite(peak)) {
    for (int c = 0; c < whole; c++) to[c] = 0;
    return std::numeric_limits<float>::quiet_NaN();
  }
  const float levels = rowLevels(isSigned), least = peak > kLeastRowPeak ? peak : kLeastRowPeak;
  const Vector inverse = splat(levels / least);
  const Sums offset = spreadCodes(isSigned ? kSignedInputOffset : 0);
  int c = 0;
  for (; c + kBlock <= whole; c += kBlock) packBlock(y + c, inverse, offset, to + c);
  for (; c < whole; c += kLanes) packVector(y + c, inverse, offset, to + c);
  return least / levels;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
