// Vectors of floats under one set of names for every instruction set; the compiler's flags decide which.
//
// A translation unit names its namespace with -DDQRM_ISA=avx512 and the like, so that several can be linked together.
// Nothing here contracts a product and a sum: what must be fused says fma (compile with -ffp-contract=off).
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#ifndef DQRM_ISA
#error "compile with -DDQRM_ISA=<name of the instruction set>"
#endif

#define DQRM_INLINE static inline __attribute__((always_inline))
#define DQRM_INLINE_MEMBER inline __attribute__((always_inline))

namespace dqrm {
namespace DQRM_ISA {

#if defined(__AVX512F__)
using Vector = __m512;
constexpr int kLanes = 16;
#elif defined(__AVX2__)
using Vector = __m256;
constexpr int kLanes = 8;
#else
using Vector = float __attribute__((vector_size(16)));
constexpr int kLanes = 4;
#endif

#if defined(__AVX512F__)

DQRM_INLINE Vector load(const float* p) { return _mm512_loadu_ps(p); }
DQRM_INLINE void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
DQRM_INLINE __mmask16 firstLanes(int n) { return static_cast<__mmask16>((1u << n) - 1); }
DQRM_INLINE Vector loadFirst(const float* p, int n) { return _mm512_maskz_loadu_ps(firstLanes(n), p); }
DQRM_INLINE void storeFirst(float* p, int n, Vector v) { _mm512_mask_storeu_ps(p, firstLanes(n), v); }
/** Zeros where nothing is to be read; costs no branch. */
DQRM_INLINE Vector loadUnless(bool nothing, const float* p) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>(static_cast<int>(nothing) - 1), p);
}
DQRM_INLINE Vector splat(float x) { return _mm512_set1_ps(x); }
DQRM_INLINE Vector zero() { return _mm512_setzero_ps(); }
DQRM_INLINE Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
DQRM_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
DQRM_INLINE Vector mul(Vector a, Vector b) { return _mm512_mul_ps(a, b); }
DQRM_INLINE Vector div(Vector a, Vector b) { return _mm512_div_ps(a, b); }
DQRM_INLINE Vector sqrt(Vector a) { return _mm512_sqrt_ps(a); }
/** a·b + c, rounded once. */
DQRM_INLINE Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
/** c − a·b, rounded once. */
DQRM_INLINE Vector fnma(Vector a, Vector b, Vector c) { return _mm512_fnmadd_ps(a, b, c); }
/** The second operand where either is NaN. */
DQRM_INLINE Vector max(Vector a, Vector b) { return _mm512_max_ps(a, b); }
DQRM_INLINE Vector min(Vector a, Vector b) { return _mm512_min_ps(a, b); }
DQRM_INLINE Vector abs(Vector a) { return _mm512_abs_ps(a); }
/** To the nearest whole number, halves to even. */
DQRM_INLINE Vector roundEven(Vector a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/** v where y > 0, else +0; NaN in y gives v, as relu lets it through. */
DQRM_INLINE Vector wherePositive(Vector y, Vector v) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(y, _mm512_setzero_ps(), _CMP_NLE_UQ), v);
}
/** v where g differs from 0, else `otherwise`. */
DQRM_INLINE Vector whereNonzero(Vector g, Vector v, Vector otherwise) {
  return _mm512_mask_mov_ps(otherwise, _mm512_cmp_ps_mask(g, _mm512_setzero_ps(), _CMP_NEQ_UQ), v);
}
/** magnitude with the sign of a weight >= 0 (−0 included), else −magnitude. */
DQRM_INLINE Vector signed1(Vector weight, Vector magnitude) {
  const __mmask16 positive = _mm512_cmp_ps_mask(weight, _mm512_setzero_ps(), _CMP_GE_OQ);
  return _mm512_mask_mov_ps(_mm512_sub_ps(_mm512_setzero_ps(), magnitude), positive, magnitude);
}
DQRM_INLINE float reduceAdd(Vector a) { return _mm512_reduce_add_ps(a); }
/** Reads whole numbers of 16 bits. */
DQRM_INLINE Vector loadWhole(const std::uint16_t* p) {
  __m256i some;
  std::memcpy(&some, p, sizeof some);
  return _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(some));
}
/** Stores the lowest bits of each lane. */
DQRM_INLINE void storeLow(std::int16_t* p, Vector v) {
  const __m256i some = _mm512_cvtepi32_epi16(_mm512_castps_si512(v));
  std::memcpy(p, &some, sizeof some);
}
DQRM_INLINE void storeLow(std::int8_t* p, Vector v) {
  const __m128i some = _mm512_cvtepi32_epi8(_mm512_castps_si512(v));
  std::memcpy(p, &some, sizeof some);
}

#elif defined(__AVX2__)

DQRM_INLINE Vector load(const float* p) { return _mm256_loadu_ps(p); }
DQRM_INLINE void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
DQRM_INLINE __m256i firstLanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
DQRM_INLINE Vector loadFirst(const float* p, int n) { return _mm256_maskload_ps(p, firstLanes(n)); }
DQRM_INLINE void storeFirst(float* p, int n, Vector v) { _mm256_maskstore_ps(p, firstLanes(n), v); }
DQRM_INLINE Vector loadUnless(bool nothing, const float* p) {
  return _mm256_maskload_ps(p, _mm256_set1_epi32(static_cast<int>(nothing) - 1));
}
DQRM_INLINE Vector splat(float x) { return _mm256_set1_ps(x); }
DQRM_INLINE Vector zero() { return _mm256_setzero_ps(); }
DQRM_INLINE Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
DQRM_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
DQRM_INLINE Vector mul(Vector a, Vector b) { return _mm256_mul_ps(a, b); }
DQRM_INLINE Vector div(Vector a, Vector b) { return _mm256_div_ps(a, b); }
DQRM_INLINE Vector sqrt(Vector a) { return _mm256_sqrt_ps(a); }
DQRM_INLINE Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
DQRM_INLINE Vector fnma(Vector a, Vector b, Vector c) { return _mm256_fnmadd_ps(a, b, c); }
DQRM_INLINE Vector max(Vector a, Vector b) { return _mm256_max_ps(a, b); }
DQRM_INLINE Vector min(Vector a, Vector b) { return _mm256_min_ps(a, b); }
DQRM_INLINE Vector abs(Vector a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
DQRM_INLINE Vector roundEven(Vector a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
DQRM_INLINE Vector wherePositive(Vector y, Vector v) {
  return _mm256_and_ps(_mm256_cmp_ps(y, _mm256_setzero_ps(), _CMP_NLE_UQ), v);
}
DQRM_INLINE Vector whereNonzero(Vector g, Vector v, Vector otherwise) {
  return _mm256_blendv_ps(otherwise, v, _mm256_cmp_ps(g, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}
DQRM_INLINE Vector signed1(Vector weight, Vector magnitude) {
  const Vector positive = _mm256_cmp_ps(weight, _mm256_setzero_ps(), _CMP_GE_OQ);
  return _mm256_blendv_ps(_mm256_sub_ps(_mm256_setzero_ps(), magnitude), magnitude, positive);
}
DQRM_INLINE float reduceAdd(Vector a) {
  __m128 x = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  x = _mm_add_ps(x, _mm_movehl_ps(x, x));
  return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
DQRM_INLINE Vector loadWhole(const std::uint16_t* p) {
  __m128i some;
  std::memcpy(&some, p, sizeof some);
  return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(some));
}
/** Gives the lowest 16 bits of each lane that `mask` keeps. */
DQRM_INLINE __m128i lowHalves(Vector v, int mask) {
  const __m256i kept = _mm256_and_si256(_mm256_castps_si256(v), _mm256_set1_epi32(mask));
  return _mm_packus_epi32(_mm256_castsi256_si128(kept), _mm256_extracti128_si256(kept, 1));
}
DQRM_INLINE void storeLow(std::int16_t* p, Vector v) {
  const __m128i some = lowHalves(v, 0xffff);
  std::memcpy(p, &some, sizeof some);
}
DQRM_INLINE void storeLow(std::int8_t* p, Vector v) {
  const __m128i halves = lowHalves(v, 0xff);
  const __m128i some = _mm_packus_epi16(halves, halves);
  std::memcpy(p, &some, kLanes);
}

#else

DQRM_INLINE Vector load(const float* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
DQRM_INLINE void store(float* p, Vector v) { std::memcpy(p, &v, sizeof v); }
DQRM_INLINE Vector loadFirst(const float* p, int n) {
  Vector v = {};
  for (int i = 0; i < n; i++) v[i] = p[i];
  return v;
}
DQRM_INLINE void storeFirst(float* p, int n, Vector v) {
  for (int i = 0; i < n; i++) p[i] = v[i];
}
DQRM_INLINE Vector splat(float x) { return Vector{x, x, x, x}; }
DQRM_INLINE Vector zero() { return Vector{}; }
DQRM_INLINE Vector loadUnless(bool nothing, const float* p) { return nothing ? zero() : load(p); }
DQRM_INLINE Vector add(Vector a, Vector b) { return a + b; }
DQRM_INLINE Vector sub(Vector a, Vector b) { return a - b; }
DQRM_INLINE Vector mul(Vector a, Vector b) { return a * b; }
DQRM_INLINE Vector div(Vector a, Vector b) { return a / b; }
DQRM_INLINE Vector sqrt(Vector a) {
  for (int i = 0; i < kLanes; i++) a[i] = std::sqrt(a[i]);
  return a;
}
#if defined(__ARM_NEON)
DQRM_INLINE Vector fma(Vector a, Vector b, Vector c) {
  return reinterpret_cast<Vector>(vfmaq_f32(reinterpret_cast<float32x4_t>(c), reinterpret_cast<float32x4_t>(a),
                                            reinterpret_cast<float32x4_t>(b)));
}
#else
// Without an instruction for it, two roundings: the sums of matrix products may err by that much.
DQRM_INLINE Vector fma(Vector a, Vector b, Vector c) { return a * b + c; }
#endif
DQRM_INLINE Vector fnma(Vector a, Vector b, Vector c) { return fma(-a, b, c); }
DQRM_INLINE Vector max(Vector a, Vector b) { return a > b ? a : b; }
DQRM_INLINE Vector min(Vector a, Vector b) { return a < b ? a : b; }
using Bits = std::uint32_t __attribute__((vector_size(16)));
DQRM_INLINE Vector abs(Vector a) {
  return reinterpret_cast<Vector>(reinterpret_cast<Bits>(a) & 0x7fffffffu);
}
DQRM_INLINE Vector roundEven(Vector a) {
  for (int i = 0; i < kLanes; i++) a[i] = std::nearbyint(a[i]);
  return a;
}
DQRM_INLINE Vector wherePositive(Vector y, Vector v) { return y <= zero() ? zero() : v; }
DQRM_INLINE Vector whereNonzero(Vector g, Vector v, Vector otherwise) { return g == zero() ? otherwise : v; }
DQRM_INLINE Vector signed1(Vector weight, Vector magnitude) { return weight >= zero() ? magnitude : -magnitude; }
DQRM_INLINE float reduceAdd(Vector a) { return (a[0] + a[2]) + (a[1] + a[3]); }
DQRM_INLINE Vector loadWhole(const std::uint16_t* p) {
  std::uint16_t __attribute__((vector_size(8))) some;
  std::memcpy(&some, p, sizeof some);
  return __builtin_convertvector(some, Vector);
}
DQRM_INLINE void storeLow(std::int16_t* p, Vector v) {
  using Halves = std::int16_t __attribute__((vector_size(8)));
  const Halves some = __builtin_convertvector(reinterpret_cast<Bits>(v), Halves);
  std::memcpy(p, &some, sizeof some);
}
DQRM_INLINE void storeLow(std::int8_t* p, Vector v) {
  using Quarters = std::int8_t __attribute__((vector_size(4)));
  const Quarters some = __builtin_convertvector(reinterpret_cast<Bits>(v), Quarters);
  std::memcpy(p, &some, sizeof some);
}

#endif

/** Rounds to the nearest bfloat16, halves to even, and keeps it as a float: the upper half of its bits. */
DQRM_INLINE Vector roundToBfloat16(Vector v) {
#if defined(__AVX512F__)
  const __m512i bits = _mm512_castps_si512(v);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7fff));
  return _mm512_castsi512_ps(_mm512_and_si512(up, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
#elif defined(__AVX2__)
  const __m256i bits = _mm256_castps_si256(v);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i up = _mm256_add_epi32(_mm256_add_epi32(bits, odd), _mm256_set1_epi32(0x7fff));
  return _mm256_castsi256_ps(_mm256_and_si256(up, _mm256_set1_epi32(static_cast<int>(0xffff0000u))));
#else
  const Bits bits = reinterpret_cast<Bits>(v);
  return reinterpret_cast<Vector>((bits + ((bits >> 16) & 1u) + 0x7fffu) & 0xffff0000u);
#endif
}

/** Rounds `count` numbers in place. */
static inline void roundRowToBfloat16(float* row, int count) {
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) store(row + i, roundToBfloat16(load(row + i)));
  if (i < count) storeFirst(row + i, count - i, roundToBfloat16(loadFirst(row + i, count - i)));
}

}  // namespace DQRM_ISA
}  // namespace dqrm
