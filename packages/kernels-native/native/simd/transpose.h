// Turns a square of kLanes × kLanes numbers.
#pragma once

#include <cstddef>

#include "vector.h"

namespace dqrm {
namespace DQRM_ISA {

#if defined(__AVX512F__)

/** Writes dst[c][r] = src[r][c] for a square of 16 × 16: by pairs, fours, eights and halves. */
static inline void transposeSquare(const float* src, std::size_t srcStep, float* dst, std::size_t dstStep) {
  __m512 a[16], b[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) a[i] = _mm512_loadu_ps(src + i * srcStep);
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    const __m512d low0 = _mm512_castps_pd(b[i]), low1 = _mm512_castps_pd(b[i + 2]);
    const __m512d high0 = _mm512_castps_pd(b[i + 1]), high1 = _mm512_castps_pd(b[i + 3]);
    a[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(low0, low1));
    a[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low0, low1));
    a[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high0, high1));
    a[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high0, high1));
  }
  // a[4g + c] now holds, in its four quarters q, column 4q + c of rows 4g..4g+3.
#pragma GCC unroll 4
  for (int c = 0; c < 4; c++) {
    const __m512 even01 = _mm512_shuffle_f32x4(a[c], a[4 + c], 0x88);
    const __m512 odd01 = _mm512_shuffle_f32x4(a[c], a[4 + c], 0xdd);
    const __m512 even23 = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0x88);
    const __m512 odd23 = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0xdd);
    _mm512_storeu_ps(dst + c * dstStep, _mm512_shuffle_f32x4(even01, even23, 0x88));
    _mm512_storeu_ps(dst + (8 + c) * dstStep, _mm512_shuffle_f32x4(even01, even23, 0xdd));
    _mm512_storeu_ps(dst + (4 + c) * dstStep, _mm512_shuffle_f32x4(odd01, odd23, 0x88));
    _mm512_storeu_ps(dst + (12 + c) * dstStep, _mm512_shuffle_f32x4(odd01, odd23, 0xdd));
  }
}

#elif defined(__AVX2__)

/** Writes dst[c][r] = src[r][c] for a square of 8 × 8: by pairs, fours and halves. */
static inline void transposeSquare(const float* src, std::size_t srcStep, float* dst, std::size_t dstStep) {
  __m256 a[8], b[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) a[i] = _mm256_loadu_ps(src + i * srcStep);
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
    a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
    a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
    a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; c++) {
    _mm256_storeu_ps(dst + c * dstStep, _mm256_permute2f128_ps(a[c], a[4 + c], 0x20));
    _mm256_storeu_ps(dst + (4 + c) * dstStep, _mm256_permute2f128_ps(a[c], a[4 + c], 0x31));
  }
}

#else

/** Writes dst[c][r] = src[r][c] for a square of 4 × 4. */
static inline void transposeSquare(const float* src, std::size_t srcStep, float* dst, std::size_t dstStep) {
  for (int r = 0; r < kLanes; r++) {
    for (int c = 0; c < kLanes; c++) dst[c * dstStep + r] = src[r * srcStep + c];
  }
}

#endif

/** Writes dst[c][r] = src[r][c] for any rectangle, whole squares first. */
static inline void transpose(const float* src, std::size_t srcStep, float* dst, std::size_t dstStep, int rows,
                             int cols) {
  const int wholeRows = rows / kLanes * kLanes;
  const int wholeCols = cols / kLanes * kLanes;
  for (int r = 0; r < wholeRows; r += kLanes) {
    for (int c = 0; c < wholeCols; c += kLanes) {
      transposeSquare(src + r * srcStep + c, srcStep, dst + c * dstStep + r, dstStep);
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int c = r < wholeRows ? wholeCols : 0; c < cols; c++) dst[c * dstStep + r] = src[r * srcStep + c];
  }
}

}  // namespace DQRM_ISA
}  // namespace dqrm
