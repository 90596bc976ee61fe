// Vectors of weights straight from INT4 and INT8 codes.
#pragma once

#include "../simd/vector.h"
#include "levels.h"

namespace dqrm {
namespace DQRM_ISA {

/** Gives kLanes codes of `bits` bits, as whole numbers of 32 bits above which anything may stand. */
template <int bits>
struct Decode;

#if defined(__AVX512F__)
using Whole = __m512i;

template <>
struct Decode<4> {
  DQRM_INLINE_MEMBER static Whole dirty(const std::uint8_t* p) {
    std::int32_t low;
    std::int32_t high;
    std::memcpy(&low, p, sizeof low);
    std::memcpy(&high, p + 4, sizeof high);
    const Whole spread = _mm512_mask_set1_epi32(_mm512_set1_epi32(low), 0xff00, high);
    return _mm512_srlv_epi32(spread, _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28));
  }
  DQRM_INLINE_MEMBER static Vector numbers(const std::uint8_t* p) {
    return _mm512_cvtepi32_ps(_mm512_and_si512(dirty(p), _mm512_set1_epi32(15)));
  }
};

template <>
struct Decode<8> {
  DQRM_INLINE_MEMBER static Whole whole(const std::uint8_t* p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  DQRM_INLINE_MEMBER static Vector numbers(const std::uint8_t* p) { return _mm512_cvtepi32_ps(whole(p)); }
};

#elif defined(__AVX2__)

using Whole = __m256i;

template <>
struct Decode<4> {
  DQRM_INLINE_MEMBER static Whole dirty(const std::uint8_t* p) {
    std::int32_t codes;
    std::memcpy(&codes, p, sizeof codes);
    return _mm256_srlv_epi32(_mm256_set1_epi32(codes), _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28));
  }
  DQRM_INLINE_MEMBER static Vector numbers(const std::uint8_t* p) {
    return _mm256_cvtepi32_ps(_mm256_and_si256(dirty(p), _mm256_set1_epi32(15)));
  }
};

template <>
struct Decode<8> {
  DQRM_INLINE_MEMBER static Whole whole(const std::uint8_t* p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
  DQRM_INLINE_MEMBER static Vector numbers(const std::uint8_t* p) { return _mm256_cvtepi32_ps(whole(p)); }
};

#else

template <>
struct Decode<4> {
  DQRM_INLINE_MEMBER static Vector numbers(const std::uint8_t* p) {
    return Vector{static_cast<float>(p[0] & 15), static_cast<float>(p[0] >> 4), static_cast<float>(p[1] & 15),
                  static_cast<float>(p[1] >> 4)};
  }
};

template <>
struct Decode<8> {
  DQRM_INLINE_MEMBER static Vector numbers(const std::uint8_t* p) {
    return Vector{static_cast<float>(p[0]), static_cast<float>(p[1]), static_cast<float>(p[2]),
                  static_cast<float>(p[3])};
  }
};

#endif

/** Gives weights of codes that share a scale: f32(f32(code − offset) × scale), and + bias where there is one. */
template <int bits, bool biased>
struct ScaledDecoder {
  Vector scale;
  Vector bias;
  DQRM_INLINE_MEMBER void use(const float* scales, const float* biases, std::int64_t slot) {
    scale = splat(scales[slot]);
    if (biased) bias = splat(biases[slot]);
  }
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    const Vector codes = Decode<bits>::numbers(p);
    if (biased) return add(mul(codes, scale), bias);
    return mul(sub(codes, splat(static_cast<float>(1 << (bits - 1)))), scale);
  }
};

#if defined(__AVX512F__)
/** Looks the 16 weights of INT4 codes up: they are few when one scale serves all rows. */
struct TableDecoder {
  Vector sixteen;
  DQRM_INLINE_MEMBER void use(const float* scales, const float*, std::int64_t slot) {
    const __m512i codes = _mm512_setr_epi32(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
    sixteen = mul(_mm512_cvtepi32_ps(codes), splat(scales[slot]));
  }
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    return _mm512_permutexvar_ps(Decode<4>::dirty(p), sixteen);
  }
};
#else
using TableDecoder = ScaledDecoder<4, false>;
#endif

/** Looks weights up among levels that all rows share, and that outlive the decoder. */
template <int bits>
struct LevelDecoder;

#if defined(__AVX512F__)
template <>
struct LevelDecoder<4> {
  Vector sixteen;
  explicit LevelDecoder(const Levels& levels) : sixteen(load(levels.of)) {}
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    return _mm512_permutexvar_ps(Decode<4>::dirty(p), sixteen);
  }
};

template <>
struct LevelDecoder<8> {
  const float* of;
  explicit LevelDecoder(const Levels& levels) : of(levels.of) {}
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    return _mm512_i32gather_ps(Decode<8>::whole(p), of, sizeof(float));
  }
};

#elif defined(__AVX2__)
template <>
struct LevelDecoder<4> {
  Vector low;
  Vector high;
  explicit LevelDecoder(const Levels& levels) : low(load(levels.of)), high(load(levels.of + kLanes)) {}
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    const Whole codes = Decode<4>::dirty(p);
    // The highest of the four bits, where a choice looks for a sign.
    const Vector upper = _mm256_castsi256_ps(_mm256_slli_epi32(codes, 28));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, codes), _mm256_permutevar8x32_ps(high, codes), upper);
  }
};

template <>
struct LevelDecoder<8> {
  const float* of;
  explicit LevelDecoder(const Levels& levels) : of(levels.of) {}
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    return _mm256_i32gather_ps(of, Decode<8>::whole(p), sizeof(float));
  }
};

#else
template <>
struct LevelDecoder<4> {
  const float* of;
  explicit LevelDecoder(const Levels& levels) : of(levels.of) {}
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    return Vector{of[p[0] & 15], of[p[0] >> 4], of[p[1] & 15], of[p[1] >> 4]};
  }
};

template <>
struct LevelDecoder<8> {
  const float* of;
  explicit LevelDecoder(const Levels& levels) : of(levels.of) {}
  DQRM_INLINE_MEMBER Vector weights(const std::uint8_t* p) const {
    return Vector{of[p[0]], of[p[1]], of[p[2]], of[p[3]]};
  }
};
#endif

}  // namespace DQRM_ISA
}  // namespace dqrm
