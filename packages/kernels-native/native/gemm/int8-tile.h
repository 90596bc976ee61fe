// Register-blocked sums of products of whole numbers of 8 bits, exact in 32 bits on every instruction set.
//
// Codes of samples are spread kTerms at a time; codes of weights lie as panels [outputs / kPanel][inputs / kTerms]
// [kPanel][kTerms]. Where an instruction multiplies unsigned by signed bytes, signed inputs are kept with 128 added, and
// the sums begin at −128 · Σ weights; elsewhere both are kept in 16 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tile.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dqrm {
namespace DQRM_ISA {

#if defined(__AVX512VNNI__)
using InputCode = std::uint8_t;
using WeightCode = std::int8_t;
using Sums = __m512i;
constexpr int kTerms = 4;
constexpr int kSignedInputOffset = 128;
/** 24 sums, 2 vectors of weights and a spread of inputs stay below 32 registers. */
constexpr int kCodeRows = 8;
DQRM_INLINE Sums loadSums(const std::int32_t* p) { return _mm512_loadu_si512(p); }
DQRM_INLINE Sums noSums() { return _mm512_setzero_si512(); }
DQRM_INLINE Sums addSums(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
DQRM_INLINE Sums loadCodes(const WeightCode* p) { return _mm512_loadu_si512(p); }
DQRM_INLINE Sums spreadCodes(std::int32_t codes) { return _mm512_set1_epi32(codes); }
/** Spelled as an instruction: gcc 12 copies each sum to another register and back around the intrinsic. */
DQRM_INLINE Sums addProducts(Sums sum, Sums inputs, Sums weights) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(inputs), "v"(weights));
  return sum;
}
DQRM_INLINE Vector toFloats(Sums sums) { return _mm512_cvtepi32_ps(sums); }
DQRM_INLINE std::int32_t total(Sums sums) { return _mm512_reduce_add_epi32(sums); }
#elif defined(__AVX2__)
using InputCode = std::int16_t;
using WeightCode = std::int16_t;
using Sums = __m256i;
constexpr int kTerms = 2;
constexpr int kSignedInputOffset = 0;
constexpr int kCodeRows = 4;
DQRM_INLINE Sums loadSums(const std::int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
DQRM_INLINE Sums noSums() { return _mm256_setzero_si256(); }
DQRM_INLINE Sums addSums(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
DQRM_INLINE Sums loadCodes(const WeightCode* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
DQRM_INLINE Sums spreadCodes(std::int32_t codes) { return _mm256_set1_epi32(codes); }
DQRM_INLINE Sums addProducts(Sums sum, Sums inputs, Sums weights) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(inputs, weights));
}
DQRM_INLINE Vector toFloats(Sums sums) { return _mm256_cvtepi32_ps(sums); }
DQRM_INLINE std::int32_t total(Sums sums) {
  std::int32_t lanes[8];
  std::memcpy(lanes, &sums, sizeof lanes);
  std::int32_t all = 0;
  for (const std::int32_t lane : lanes) all += lane;
  return all;
}
#else
using InputCode = std::int16_t;
using WeightCode = std::int16_t;
using Sums = std::int32_t __attribute__((vector_size(16)));
using Pairs = std::int16_t __attribute__((vector_size(16)));
constexpr int kTerms = 2;
constexpr int kSignedInputOffset = 0;
constexpr int kCodeRows = 4;
DQRM_INLINE Sums loadSums(const std::int32_t* p) {
  Sums sums;
  std::memcpy(&sums, p, sizeof sums);
  return sums;
}
DQRM_INLINE Sums noSums() { return Sums{}; }
DQRM_INLINE Sums addSums(Sums a, Sums b) { return a + b; }
DQRM_INLINE Sums loadCodes(const WeightCode* p) {
  Sums pairs;
  std::memcpy(&pairs, p, sizeof pairs);
  return pairs;
}
DQRM_INLINE Sums spreadCodes(std::int32_t codes) { return Sums{codes, codes, codes, codes}; }
DQRM_INLINE Sums addProducts(Sums sum, Sums inputs, Sums weights) {
#if defined(__SSE2__)
  return sum + reinterpret_cast<Sums>(
                   _mm_madd_epi16(reinterpret_cast<__m128i>(inputs), reinterpret_cast<__m128i>(weights)));
#else
  const Pairs a = reinterpret_cast<Pairs>(inputs), b = reinterpret_cast<Pairs>(weights);
  for (int i = 0; i < 4; i++) sum[i] += a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
  return sum;
#endif
}
DQRM_INLINE Vector toFloats(Sums sums) { return __builtin_convertvector(sums, Vector); }
DQRM_INLINE std::int32_t total(Sums sums) { return sums[0] + sums[1] + sums[2] + sums[3]; }
#endif

/** Codes side by side in a vector. */
constexpr int kVectorCodes = kLanes * kTerms;

DQRM_INLINE std::int32_t termsAt(const InputCode* codes) {
  std::int32_t terms;
  static_assert(sizeof terms == kTerms * sizeof(InputCode), "a spread takes 32 bits");
  std::memcpy(&terms, codes, sizeof terms);
  return terms;
}

/** Sums one tile of M samples × N vectors of outputs over `groups` × kTerms inputs; see sumTile for epilogues. */
template <int M, int N, class Epilogue>
static inline void sumCodeTile(const InputCode* x, std::size_t step, const WeightCode* weights, int groups, int row,
                               const Epilogue& epilogue) {
  Sums sums[M][N];
#pragma GCC unroll 16
  for (int m = 0; m < M; m++) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) sums[m][n] = loadSums(epilogue.start + n * kLanes);
  }
  for (int g = 0; g < groups; g++) {
    Sums right[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) right[n] = loadCodes(weights + n * kVectorCodes);
    weights += kPanelVectors * kVectorCodes;
#pragma GCC unroll 16
    for (int m = 0; m < M; m++) {
      const Sums left = spreadCodes(termsAt(x + m * step));
#pragma GCC unroll 4
      for (int n = 0; n < N; n++) sums[m][n] = addProducts(sums[m][n], left, right[n]);
    }
    x += kTerms;
  }
#pragma GCC unroll 16
  for (int m = 0; m < M; m++) {
    Vector floats[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) floats[n] = toFloats(sums[m][n]);
    epilogue.template finish<N>(row + m, floats);
  }
}

/** Groups of inputs that a single sample sums apart, so that sums do not wait for one another. */
constexpr int kChains = 4;

/** As sumCodeTile for one sample: weights pass once, in the order in which they lie. */
template <int N, class Epilogue>
DQRM_INLINE void sumCodesAlone(const InputCode* x, const WeightCode* weights, int groups, int row,
                                 const Epilogue& epilogue) {
  Sums sums[kChains][N];
#pragma GCC unroll 4
  for (int c = 0; c < kChains; c++) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) sums[c][n] = c == 0 ? loadSums(epilogue.start + n * kLanes) : noSums();
  }
  const auto take = [&](int c) {
    const Sums left = spreadCodes(termsAt(x));
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) sums[c][n] = addProducts(sums[c][n], left, loadCodes(weights + n * kVectorCodes));
    x += kTerms;
    weights += kPanelVectors * kVectorCodes;
  };
  int g = 0;
  for (; g + kChains <= groups; g += kChains) {
#pragma GCC unroll 4
    for (int c = 0; c < kChains; c++) take(c);
  }
  for (; g < groups; g++) take(0);
  Vector floats[N];
#pragma GCC unroll 4
  for (int n = 0; n < N; n++) {
    const Sums all = addSums(addSums(sums[0][n], sums[1][n]), addSums(sums[2][n], sums[3][n]));
    floats[n] = toFloats(all);
  }
  epilogue.template finish<N>(row, floats);
}

/** Sums one panel, N vectors wide, for all samples. */
template <int N, class Epilogue>
static void sumCodePanel(const InputCode* x, std::size_t step, const WeightCode* weights, int groups, int samples,
                         const Epilogue& epilogue) {
  int row = 0;
  for (; row + kCodeRows <= samples; row += kCodeRows) {
    sumCodeTile<kCodeRows, N>(x + row * step, step, weights, groups, row, epilogue);
  }
  for (; row + 4 <= samples; row += 4) sumCodeTile<4, N>(x + row * step, step, weights, groups, row, epilogue);
  for (; row < samples; row++) sumCodesAlone<N>(x + row * step, weights, groups, row, epilogue);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
