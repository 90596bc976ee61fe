// Values that are sent: the scales of groups, then codes, to the bit as encodeValues of @dqrm/core.
#pragma once

#include "sent-draws.h"

namespace dqrm {
namespace DQRM_ISA {

/** 1.5 × 2^52: a double beside it has no fraction bits, so that the addition itself rounds halves to even. */
constexpr double kToWhole = 6755399441055744.0;

DQRM_INLINE bool isFiniteDouble(double x) { return x - x == 0; }

/** Writes a scale as the reader will see it: not below `scale`, but so that its product with the peak is finite. */
static inline void writeSentScale(std::uint8_t* at, Count stride, double scale, int peak) {
  float rounded = static_cast<float>(scale);
  std::uint32_t bits = bitsOfFloat(rounded);
  if (static_cast<double>(rounded) < scale) bits++;
  if (stride == 2 && (bits & 0xffff) != 0) bits = (bits & 0xffff0000u) + 0x10000u;
  const std::uint32_t step = stride == 2 ? 0x10000u : 1u;
  while (!isFinite(floatOfBits(bits) * static_cast<float>(peak))) bits -= step;
  if (stride == 2) bits >>= 16;
  for (Count i = 0; i < stride; i++) at[i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

/** Gives the mean magnitude, summed in order; not finite when a value is not. */
static inline double meanMagnitude(const float* src, Count count) {
  double sum = 0;
  for (Count i = 0; i < count; i++) sum += std::fabs(static_cast<double>(src[i]));
  return sum / static_cast<double>(count);
}

/** Writes the scales of all groups; false when a value is not finite. */
static inline bool writeSentScales(const float* src, const SentLayout& layout, Count coding, std::uint8_t* scales) {
  const int peak = sentPeak(coding);
  for (Count begin = 0; begin < layout.total; begin += layout.groupValues, scales += layout.stride) {
    const Count left = layout.total - begin;
    const Count count = left < layout.groupValues ? left : layout.groupValues;
    const double scale = coding == kSentSign ? meanMagnitude(src + begin, count)
                                             : static_cast<double>(peakOf(src + begin, count)) / peak;
    if (!isFiniteDouble(scale)) return false;
    if (layout.stride > 0) writeSentScale(scales, layout.stride, scale, peak);
  }
  return true;
}

/**
 * A product with a reciprocal is off the quotient by less than 2^-51 of it. Of a quotient up to 2^15 this is far less than what
 * a product may be away from where rounding turns: closer ones are divided.
 */
constexpr double kTurn = 1.0 / (1 << 30);

DQRM_INLINE std::int16_t withinLimit(double level, int limit) {
  const double high = limit;
  const double above = level > -high ? level : -high;
  return static_cast<std::int16_t>(static_cast<std::int32_t>(above < high ? above : high));
}

/** Rounds values to levels within ±limit. */
static inline void nearestLevels(const float* src, int count, double scale, int limit, std::int16_t* levels) {
  const double reciprocal = 1 / scale;
  int turns = 0;
  for (int i = 0; i < count; i++) {
    const double product = static_cast<double>(src[i]) * reciprocal;
    const double level = product + kToWhole - kToWhole;
    turns |= std::fabs(product - level) > 0.5 - kTurn ? 1 : 0;
    levels[i] = withinLimit(level, limit);
  }
  if (__builtin_expect(turns == 0, 1)) return;
  for (int i = 0; i < count; i++) {
    levels[i] = withinLimit(static_cast<double>(src[i]) / scale + kToWhole - kToWhole, limit);
  }
}

DQRM_INLINE double floorOf(double x) {
  const double nearest = x + kToWhole - kToWhole;
  return nearest > x ? nearest - 1 : nearest;
}

/** Rounds values to levels within ±limit, up or down by the draws. */
static inline void drawnLevels(const float* src, int count, double scale, int limit, const std::uint16_t* draws,
                               std::int16_t* levels) {
  const double reciprocal = 1 / scale;
  int turns = 0;
  for (int i = 0; i < count; i++) {
    const double level = static_cast<double>(src[i]) * reciprocal + (static_cast<double>(draws[i]) + 0.5) / 65536;
    const double floor = floorOf(level);
    turns |= std::fabs(level - floor - 0.5) > 0.5 - kTurn ? 1 : 0;
    levels[i] = withinLimit(floor, limit);
  }
  if (__builtin_expect(turns == 0, 1)) return;
  for (int i = 0; i < count; i++) {
    const double level = static_cast<double>(src[i]) / scale + (static_cast<double>(draws[i]) + 0.5) / 65536;
    levels[i] = withinLimit(floorOf(level), limit);
  }
}

static inline void signLevels(const float* src, int count, std::int16_t* levels) {
  for (int i = 0; i < count; i++) levels[i] = src[i] >= 0 ? 1 : 0;
}

/** Packs levels to whole bytes; those behind the last value are what the rest of a byte is filled with. */
static inline void packLevels(const std::int16_t* levels, int bytes, Count coding, std::uint8_t* codes) {
  switch (coding) {
    case kSentInt8:
      for (int i = 0; i < bytes; i++) codes[i] = static_cast<std::uint8_t>(levels[i]);
      return;
    case kSentInt16:
      std::memcpy(codes, levels, static_cast<std::size_t>(bytes));
      return;
    case kSentInt4:
      for (int i = 0; i < bytes; i++) {
        codes[i] = static_cast<std::uint8_t>((levels[2 * i] + 8) | (levels[2 * i + 1] + 8) << 4);
      }
      return;
    case kSentTernary:
      for (int i = 0; i < bytes; i++) {
        const std::int16_t* five = levels + 5 * i;
        const int code = five[0] + 3 * five[1] + 9 * five[2] + 27 * five[3] + 81 * five[4];
        codes[i] = static_cast<std::uint8_t>(code + 121);
      }
      return;
    default:
      for (int i = 0; i < bytes; i++) {
        int code = 0;
        for (int b = 0; b < 8; b++) code |= levels[8 * i + b] << b;
        codes[i] = static_cast<std::uint8_t>(code);
      }
  }
}

/** Gives the level whose code is zero, which fills the last byte. */
DQRM_INLINE std::int16_t fillingLevel(Count coding) {
  return coding == kSentInt4 ? -8 : coding == kSentTernary ? -1 : 0;
}

static inline void writeLevels(const float* src, const SentLayout& layout, Count coding, const std::uint8_t* scales,
                               SentDraws* random, std::uint8_t* codes) {
  std::int16_t levels[kSentAtOnce];
  std::uint16_t draws[kSentAtOnce];
  const int limit = sentPeak(coding);
  Count groupEnd = 0;
  double scale = 1;
  const std::uint8_t* nextScale = scales;
  for (Count first = 0; first < layout.total; first += kSentAtOnce) {
    const Count left = layout.total - first;
    const int count = left < kSentAtOnce ? static_cast<int>(left) : kSentAtOnce;
    if (random != nullptr) random->draw(first, count, draws);
    if (coding == kSentSign) signLevels(src + first, count, levels);
    for (int i = 0; i < count && coding != kSentSign;) {
      if (first + i == groupEnd) {
        const float written = floatOfBits(sentScaleBits(nextScale, layout.stride));
        scale = written == 0 ? 1 : written;
        groupEnd += layout.groupValues;
        nextScale += layout.stride;
      }
      const Count some = groupEnd - (first + i);
      const int end = some < count - i ? i + static_cast<int>(some) : count;
      if (random == nullptr) {
        nearestLevels(src + first + i, end - i, scale, limit, levels + i);
      } else {
        drawnLevels(src + first + i, end - i, scale, limit, draws + i, levels + i);
      }
      i = end;
    }
    for (int i = count; i < kSentAtOnce && i < count + 8; i++) levels[i] = fillingLevel(coding);
    packLevels(levels, static_cast<int>(sentCodeBytes(coding, count)), coding, codes + sentCodeBytes(coding, first));
  }
}

static inline void writeBfloat16(const float* src, Count count, std::uint8_t* codes) {
  for (Count i = 0; i < count; i++) {
    const std::uint32_t bits = bitsOfFloat(src[i]);
    const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const std::uint32_t code = (rounded & 0x7fff) == 0x7f80 ? rounded - 1 : rounded;
    const std::uint16_t half = static_cast<std::uint16_t>(code);
    std::memcpy(codes + 2 * i, &half, sizeof half);
  }
}

/** Tells whether the rows are none that a place could be made of. */
static inline bool areRows(Ints rows, Count count) {
  if (rows.length < count) return false;
  std::int32_t signs = 0;
  for (Count i = 0; i < count; i++) signs |= rows.data[i];
  return signs >= 0;
}

/** Gives the position behind what was written, or a negative number. */
static Count encodeValues(Ints rows, Floats values, Count count, Count cols, double seed, double stream, Bytes out,
                          Count at, Count coding, Count groups, bool stochastic) {
  if (cols < 1 || !holds(values.length, count, cols) || at > out.length) return -1;
  if (stochastic && !areRows(rows, count)) return -1;
  const SentLayout layout = laySent(coding, groups, count, cols);
  if (layout.scaleBytes + layout.codeBytes > out.length - at) return -1;
  std::uint8_t* scales = out.data + at;
  std::uint8_t* codes = scales + layout.scaleBytes;
  if (!writeSentScales(values.data, layout, coding, scales)) return -1;
  if (coding == kSentFloat32) {
    if (layout.total > 0) std::memcpy(codes, values.data, static_cast<std::size_t>(layout.codeBytes));
  } else if (coding == kSentBfloat16) {
    writeBfloat16(values.data, layout.total, codes);
  } else if (stochastic) {
    SentDraws random;
    random.rows = rows.data;
    random.cols = cols;
    random.seed = wrapped(seed);
    random.stream = wrapped(stream);
    writeLevels(values.data, layout, coding, scales, &random, codes);
  } else {
    writeLevels(values.data, layout, coding, scales, nullptr, codes);
  }
  return at + layout.scaleBytes + layout.codeBytes;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
