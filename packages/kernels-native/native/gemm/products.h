// What a matrix product multiplies: floats, or pairs of bfloat16 that are summed in one instruction.
#pragma once

#include "../simd/vector.h"

namespace dqrm {
namespace DQRM_ISA {

/** One float for each term. */
struct FloatProducts {
  DQRM_INLINE Vector multiplyAdd(Vector left, Vector right, Vector sum) { return fma(left, right, sum); }
};

#if defined(__AVX512BF16__)
/** Two terms in the bits of one float, the first in its lower half; the sums are floats. */
struct PairProducts {
  DQRM_INLINE Vector multiplyAdd(Vector left, Vector right, Vector sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_castps_si512(left), (__m512bh)_mm512_castps_si512(right));
  }
};
constexpr bool kMultipliesPairs = true;
#else
using PairProducts = FloatProducts;
constexpr bool kMultipliesPairs = false;
#endif

/** Puts two rounded numbers into the bits of one float: the first into its lower half. */
DQRM_INLINE Vector pairUp(Vector first, Vector second) {
#if defined(__AVX512F__)
  const __m512i low = _mm512_srli_epi32(_mm512_castps_si512(first), 16);
  return _mm512_castsi512_ps(_mm512_or_si512(low, _mm512_castps_si512(second)));
#else
  (void)second;
  return first;
#endif
}

}  // namespace DQRM_ISA
}  // namespace dqrm
