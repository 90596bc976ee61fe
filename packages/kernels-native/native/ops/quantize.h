// Scales, codes and weights of rows.
#pragma once

#include <cmath>

#include "decode.h"
#include "quantize-span.h"

namespace dqrm {
namespace DQRM_ISA {

/** Finds the smallest and the largest of finite numbers; of several zeros that are smallest, the first one's sign. */
static inline void extremes(const float* src, Count count, float& low, float& high) {
  low = high = count > 0 ? src[0] : 0;
  for (Count i = 0; i < count; i++) {
    low = src[i] < low ? src[i] : low;
    high = src[i] > high ? src[i] : high;
  }
}

static inline bool chooseSpan(const float* src, Count count, const Format& format, float* scale, float* bias) {
  const float peak = count > 0 ? peakOf(src, count) : 0;
  if (!isFinite(peak)) return false;
  if (!format.biased()) {
    *scale = symmetricScale(peak, format.bits);
    return true;
  }
  float low;
  float high;
  extremes(src, count, low, high);
  const float width = high - low;
  if (!isFinite(width)) return false;
  *scale = (width > kMinPeak ? width : kMinPeak) / static_cast<float>((1 << format.bits) - 1);
  *bias = low;
  return true;
}

static bool chooseScale(Floats src, Floats scale, Floats bias, Format format, Part part) {
  if (!isPart(part) || !isFormat(format) || !holds(src.length, part.end, format.cols)) return false;
  if (!scalesFit(scale, bias, format, part.end)) return false;
  const float* from = src.data + part.begin * format.cols;
  if (format.scaleStep == 0) {
    return chooseSpan(from, (part.end - part.begin) * format.cols, format, scale.data, bias.data);
  }
  for (Count row = part.begin; row < part.end; row++, from += format.cols) {
    for (Count span = 0; span < format.scaleStep; span++) {
      const Count first = span * format.spanCols;
      const Count count = format.cols - first < format.spanCols ? format.cols - first : format.spanCols;
      const Count slot = row * format.scaleStep + span;
      if (!chooseSpan(from + first, count, format, scale.data + slot, bias.data + slot)) return false;
    }
  }
  return true;
}

/** Encrypts a counter to 64 random bits by Threefry-2x32 with 20 rounds, as @dqrm/core does. */
static inline void threefry(std::uint32_t k0, std::uint32_t k1, std::uint64_t counter, std::uint32_t out[2]) {
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const std::uint32_t keys[3] = {k0, k1, 0x1bd11bdau ^ k0 ^ k1};
  std::uint32_t x = static_cast<std::uint32_t>(counter) + k0;
  std::uint32_t y = static_cast<std::uint32_t>(counter >> 32) + k1;
  for (int group = 0; group < 5; group++) {
    for (int round = 0; round < 4; round++) {
      const int rotation = kRotations[(group % 2) * 4 + round];
      x += y;
      y = ((y << rotation) | (y >> (32 - rotation))) ^ x;
    }
    x += keys[(group + 1) % 3];
    y += keys[(group + 2) % 3] + static_cast<std::uint32_t>(group) + 1;
  }
  out[0] = x;
  out[1] = y;
}

/** Gives the uniform number in [0, 1) at one position of a stream. */
static inline double uniformAt(std::uint32_t seed, std::uint32_t stream, Count position) {
  std::uint32_t words[2];
  threefry(seed, stream, static_cast<std::uint64_t>(position), words);
  const std::uint64_t bits = static_cast<std::uint64_t>(words[0]) << 21 | words[1] >> 11;
  return static_cast<double>(bits) / 9007199254740992.0;
}

/** Rounds up or down by the uniform number u; x + u may round up to one code too many. */
static inline std::uint16_t stochasticCode(double x, double u, const CodeRange& range) {
  if (range.sign) {
    const double clamped = x < -1 ? -1 : x > 1 ? 1 : x;
    const double whole = std::floor((clamped + 1) / 2 + u);
    return whole < 1 ? 0 : 1;
  }
  const double whole = std::floor(x + u);
  const double clamped = whole < range.low ? range.low : whole > range.high ? range.high : whole;
  return static_cast<std::uint16_t>(static_cast<std::int32_t>(clamped) + range.offset);
}

struct Key {
  std::uint32_t seed;
  std::uint32_t stream;
};

static inline bool quantizeStochastic(const float* src, Count count, float scale, float bias, const CodeRange& range,
                                      Key key, Count position, std::uint16_t* codes) {
  const float inverse = 1 / scale;
  for (Count i = 0; i < count; i++) {
    const float x = (src[i] - bias) * inverse;
    if (x != x) return false;
    codes[i] = stochasticCode(x, uniformAt(key.seed, key.stream, position + i), range);
  }
  return true;
}

static inline bool quantizeZonedStochastic(const float* src, Count count, const Levels& levels,
                                           const Middles& middles, Key key, Count position, std::uint16_t* codes) {
  for (Count i = 0; i < count; i++) {
    if (src[i] != src[i]) return false;
    codes[i] = stochasticLevel(src[i], uniformAt(key.seed, key.stream, position + i), levels, middles);
  }
  return true;
}

static bool quantizeRows(Floats src, Packed dst, double seed, double stream, bool stochastic, Format format,
                         Part part) {
  if (!isPart(part) || !packedFits(dst, format) || dst.rows < part.end) return false;
  if (!holds(src.length, part.end, format.cols)) return false;
  std::uint16_t* codes =
      static_cast<std::uint16_t*>(scratchBytes(static_cast<std::size_t>(format.cols) * sizeof(std::uint16_t)));
  if (codes == nullptr) return false;
  const Key key{wrapped(seed), wrapped(stream)};
  const CodeRange range = codeRangeOf(format);
  Levels levels;
  Middles middles;
  const Count spans = spansOf(format);
  const Count bytes = rowBytes(format.bits, format.cols);
  for (Count row = part.begin; row < part.end; row++) {
    for (Count span = 0; span < spans; span++) {
      const Count first = span * format.spanCols;
      const Count count = format.cols - first < format.spanCols ? format.cols - first : format.spanCols;
      const Count slot = row * format.scaleStep + span;
      const float scale = dst.scale.data[slot];
      const float bias = format.biased() ? dst.bias.data[slot] : 0;
      const Count from = row * format.cols + first;
      if (format.zoned()) {
        if (row == part.begin || format.scaleStep > 0) {
          levels.fill(format, scale, dst.bias.data[slot]);
          if (!levels.real) return false;
          middles.fill(levels);
        }
        const bool done = stochastic
                              ? quantizeZonedStochastic(src.data + from, count, levels, middles, key, from, codes + first)
                              : quantizeToLevels(src.data + from, count, levels, middles, codes + first);
        if (!done) return false;
        continue;
      }
      const bool done = stochastic ? quantizeStochastic(src.data + from, count, scale, bias, range, key, from, codes + first)
                                   : quantizeSpan(src.data + from, count, scale, bias, range, codes + first);
      if (!done) return false;
    }
    packRow(codes, format.cols, format.bits, dst.codes.data + row * bytes);
  }
  return true;
}

/** Reads rows that are whole vectors and have one scale each, or one for all. */
template <int bits, bool biased>
static void dequantizeVectors(const Packed& src, float* dst, const Format& format, Part part) {
  const Count bytes = rowBytes(bits, format.cols);
  ScaledDecoder<bits, biased> decoder;
  for (Count row = part.begin; row < part.end; row++) {
    decoder.use(src.scale.data, src.bias.data, row * format.scaleStep);
    const std::uint8_t* codes = src.codes.data + row * bytes;
    float* to = dst + row * format.cols;
    for (Count c = 0; c < format.cols; c += kLanes) {
      // As the reference adds a bias of +0: a product of −0 becomes +0.
      store(to + c, add(decoder.weights(codes + c * bits / 8), zero()));
    }
  }
}

/** Reads rows that are whole vectors and share the levels of a dead zone. */
template <int bits>
static void dequantizeLevels(const Packed& src, float* dst, const Format& format, Part part) {
  Levels levels;
  levels.fill(format, src.scale.data[0], src.bias.data[0]);
  const LevelDecoder<bits> decoder(levels);
  const Count bytes = rowBytes(bits, format.cols);
  for (Count row = part.begin; row < part.end; row++) {
    const std::uint8_t* codes = src.codes.data + row * bytes;
    float* to = dst + row * format.cols;
    for (Count c = 0; c < format.cols; c += kLanes) store(to + c, decoder.weights(codes + c * bits / 8));
  }
}

template <int bits>
static void dequantizeVectors(const Packed& src, float* dst, const Format& format, Part part) {
  if (format.zoned()) {
    dequantizeLevels<bits>(src, dst, format, part);
  } else if (format.biased()) {
    dequantizeVectors<bits, true>(src, dst, format, part);
  } else {
    dequantizeVectors<bits, false>(src, dst, format, part);
  }
}

static bool dequantizeRows(Packed src, Floats dst, Format format, Part part) {
  if (!isPart(part) || !packedFits(src, format) || src.rows < part.end) return false;
  if (!holds(dst.length, part.end, format.cols)) return false;
  // Levels of each row's own take more than a row's codes.
  const bool quick = !format.zoned() || format.scaleStep == 0;
  if (quick && spansOf(format) == 1 && format.cols % kLanes == 0 && (format.bits == 4 || format.bits == 8)) {
    if (format.bits == 4) {
      dequantizeVectors<4>(src, dst.data, format, part);
    } else {
      dequantizeVectors<8>(src, dst.data, format, part);
    }
    return true;
  }
  void* scratch = scratchBytes(static_cast<std::size_t>(format.cols) * sizeof(std::uint16_t));
  if (scratch == nullptr) return false;
  RowReader reader(src, format, static_cast<std::uint16_t*>(scratch));
  for (Count row = part.begin; row < part.end; row++) reader.read(row, dst.data + row * format.cols);
  return true;
}

/** Replaces weights that share a scale, and a bias or a threshold if the format has one, by those of their codes. */
static bool replaceSpan(const float* src, Count count, const Format& format, float scale, const float* bias,
                        float* dst) {
  if (!format.zoned()) {
    return fakeQuantizeSpan(src, count, scale, format.biased() ? *bias : 0, codeRangeOf(format), dst);
  }
  Levels levels;
  levels.fill(format, scale, *bias);
  return replaceByLevels(src, count, levels, dst);
}

static bool fakeQuantizeRows(Floats src, Floats scale, Floats bias, Floats dst, Format format, Part part) {
  if (!isPart(part) || !isFormat(format)) return false;
  if (part.begin == part.end) return true;
  if (!holds(src.length, part.end, format.cols) || !holds(dst.length, part.end, format.cols)) return false;
  if (!scalesFit(scale, bias, format, part.end)) return false;
  if (format.scaleStep == 0) {
    const Count from = part.begin * format.cols;
    const Count count = (part.end - part.begin) * format.cols;
    return replaceSpan(src.data + from, count, format, scale.data[0], bias.data, dst.data + from);
  }
  for (Count row = part.begin; row < part.end; row++) {
    for (Count span = 0; span < format.scaleStep; span++) {
      const Count first = span * format.spanCols;
      const Count count = format.cols - first < format.spanCols ? format.cols - first : format.spanCols;
      const Count slot = row * format.scaleStep + span;
      const Count at = row * format.cols + first;
      const float* shift = bias.data + (format.scheme == kSymmetric ? 0 : slot);
      if (!replaceSpan(src.data + at, count, format, scale.data[slot], shift, dst.data + at)) return false;
    }
  }
  return true;
}

static bool packCodes(Codes codes, Bytes dst, Count bits, Count cols, Part part) {
  if (!isPart(part) || !isFormat({bits, cols, cols, 0, kSymmetric})) return false;
  const Count bytes = rowBytes(bits, cols);
  if (!holds(codes.length, part.end, cols) || !holds(dst.length, part.end, bytes)) return false;
  for (Count row = part.begin; row < part.end; row++) {
    const std::uint16_t* from = codes.data + row * cols;
    std::uint16_t all = 0;
    for (Count c = 0; c < cols; c++) all |= from[c];
    if (all >> bits != 0) return false;
    packRow(from, cols, bits, dst.data + row * bytes);
  }
  return true;
}

static bool unpackCodes(Bytes src, Codes codes, Count bits, Count cols, Part part) {
  if (!isPart(part) || !isFormat({bits, cols, cols, 0, kSymmetric})) return false;
  const Count bytes = rowBytes(bits, cols);
  if (!holds(src.length, part.end, bytes) || !holds(codes.length, part.end, cols)) return false;
  for (Count row = part.begin; row < part.end; row++) {
    unpackRow(src.data + row * bytes, cols, bits, codes.data + row * cols);
  }
  return true;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
