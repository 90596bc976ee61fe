// The largest magnitude of many vectors, as the bits of a float: above every finite number where one was infinite or NaN.
#pragma once

#include "vector.h"

namespace dqrm {
namespace DQRM_ISA {

#if defined(__AVX512F__)
using PeakBits = __m512i;
DQRM_INLINE PeakBits noPeak() { return _mm512_setzero_si512(); }
DQRM_INLINE PeakBits higher(PeakBits a, PeakBits b) { return _mm512_max_epu32(a, b); }
DQRM_INLINE PeakBits raise(PeakBits peak, Vector v) {
  return _mm512_max_epu32(peak, _mm512_and_si512(_mm512_castps_si512(v), _mm512_set1_epi32(0x7fffffff)));
}
#elif defined(__AVX2__)
using PeakBits = __m256i;
DQRM_INLINE PeakBits noPeak() { return _mm256_setzero_si256(); }
DQRM_INLINE PeakBits higher(PeakBits a, PeakBits b) { return _mm256_max_epu32(a, b); }
DQRM_INLINE PeakBits raise(PeakBits peak, Vector v) {
  return _mm256_max_epu32(peak, _mm256_and_si256(_mm256_castps_si256(v), _mm256_set1_epi32(0x7fffffff)));
}
#else
using PeakBits = Bits;
DQRM_INLINE PeakBits noPeak() { return PeakBits{}; }
DQRM_INLINE PeakBits higher(PeakBits a, PeakBits b) { return a > b ? a : b; }
DQRM_INLINE PeakBits raise(PeakBits peak, Vector v) {
  const Bits magnitude = reinterpret_cast<Bits>(v) & 0x7fffffffu;
  return higher(peak, magnitude);
}
#endif

/** Tells whether any lane is at least a bound >= 0; what is infinite or NaN is. */
DQRM_INLINE bool reaches(PeakBits peak, float bound) {
  std::uint32_t bits;
  std::memcpy(&bits, &bound, sizeof bits);
#if defined(__AVX512F__)
  return _mm512_cmpge_epu32_mask(peak, _mm512_set1_epi32(static_cast<int>(bits))) != 0;
#elif defined(__AVX2__)
  const __m256i limit = _mm256_set1_epi32(static_cast<int>(bits));
  return _mm256_movemask_epi8(_mm256_cmpeq_epi32(_mm256_max_epu32(peak, limit), peak)) != 0;
#else
  for (int i = 0; i < kLanes; i++) {
    if (peak[i] >= bits) return true;
  }
  return false;
#endif
}

/** Gives the peak as a float: NaN or infinite when any lane was. */
static inline float peakOf(PeakBits peak) {
  std::uint32_t lanes[kLanes];
  std::memcpy(lanes, &peak, sizeof lanes);
  std::uint32_t most = 0;
  for (const std::uint32_t lane : lanes) most = lane > most ? lane : most;
  float value;
  std::memcpy(&value, &most, sizeof value);
  return value;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
