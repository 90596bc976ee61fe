// Codes of packed rows: how they lie in bytes, and which numbers they stand for.
#pragma once

#include "../simd/vector.h"
#include "arguments.h"
#include "levels.h"
#include "scratch.h"

namespace dqrm {
namespace DQRM_ISA {

/** The same limits as in @dqrm/core, so that no product of them leaves 64 bits. */
constexpr Count kMaxCols = Count{1} << 16;

static inline bool isFormat(const Format& format) {
  const bool width = (format.bits >= 1 && format.bits <= 8) || format.bits == 16;
  if (format.scheme > kDeadZoneLog || (format.zoned() && (format.bits < 2 || format.bits > 8))) return false;
  return width && format.cols >= 1 && format.cols <= kMaxCols && format.spanCols >= 1;
}

static inline Count rowBytes(Count bits, Count cols) { return (cols * bits + 7) / 8; }

static inline Count spansOf(const Format& format) {
  return format.spanCols >= format.cols ? 1 : (format.cols + format.spanCols - 1) / format.spanCols;
}

/** Says whether the scales, and the biases if the format has them, reach to row `end`. */
static inline bool scalesFit(const Floats& scale, const Floats& bias, const Format& format, Count end) {
  // Spans of rows that share one scale with all others have no step.
  if (format.scaleStep != 0 && format.scaleStep != spansOf(format)) return false;
  if (format.scaleStep == 0 && spansOf(format) != 1) return false;
  const Count rows = format.scaleStep == 0 ? 1 : end;
  const Count step = format.scaleStep == 0 ? 1 : format.scaleStep;
  return holds(scale.length, rows, step) && (format.scheme == kSymmetric || holds(bias.length, rows, step));
}

static inline bool packedFits(const Packed& packed, const Format& format) {
  return isFormat(format) && holds(packed.codes.length, packed.rows, rowBytes(format.bits, format.cols)) &&
         scalesFit(packed.scale, packed.bias, format, packed.rows);
}

/** Says which whole numbers a weight divided by its scale may become, and what a code counts from. */
struct CodeRange {
  float low;
  float high;
  std::int32_t offset;
  /** The one symmetric bit is a sign. */
  bool sign;
};

static inline CodeRange codeRangeOf(const Format& format) {
  if (format.biased()) return {0, static_cast<float>((1 << format.bits) - 1), 0, false};
  const std::int32_t half = 1 << (format.bits - 1);
  return {static_cast<float>(-half), static_cast<float>(half - 1), half, format.bits == 1};
}

/** Unpacks codes of one row, low bits first. */
static inline void unpackRow(const std::uint8_t* src, Count cols, Count bits, std::uint16_t* codes) {
  if (bits == 8) {
    for (Count c = 0; c < cols; c++) codes[c] = src[c];
    return;
  }
  if (bits == 16) {
    for (Count c = 0; c < cols; c++) codes[c] = static_cast<std::uint16_t>(src[2 * c] | src[2 * c + 1] << 8);
    return;
  }
  if (bits == 4) {
    const Count pairs = cols / 2;
    for (Count p = 0; p < pairs; p++) {
      codes[2 * p] = src[p] & 15;
      codes[2 * p + 1] = src[p] >> 4;
    }
    if (cols % 2 != 0) codes[cols - 1] = src[pairs] & 15;
    return;
  }
  const std::uint32_t mask = (1u << bits) - 1;
  std::uint32_t pending = 0;
  Count pendingBits = 0;
  for (Count c = 0; c < cols; c++) {
    if (pendingBits < bits) {
      pending |= static_cast<std::uint32_t>(*src++) << pendingBits;
      pendingBits += 8;
    }
    codes[c] = static_cast<std::uint16_t>(pending & mask);
    pending >>= bits;
    pendingBits -= bits;
  }
}

/** Packs codes of one row, low bits first; unused bits are zero. */
static inline void packRow(const std::uint16_t* codes, Count cols, Count bits, std::uint8_t* dst) {
  if (bits == 8) {
    for (Count c = 0; c < cols; c++) dst[c] = static_cast<std::uint8_t>(codes[c]);
    return;
  }
  if (bits == 4) {
    const Count pairs = cols / 2;
    for (Count p = 0; p < pairs; p++) dst[p] = static_cast<std::uint8_t>(codes[2 * p] | codes[2 * p + 1] << 4);
    if (cols % 2 != 0) dst[pairs] = static_cast<std::uint8_t>(codes[cols - 1]);
    return;
  }
  std::uint32_t pending = 0;
  Count pendingBits = 0;
  for (Count c = 0; c < cols; c++) {
    pending |= static_cast<std::uint32_t>(codes[c]) << pendingBits;
    pendingBits += bits;
    for (; pendingBits >= 8; pendingBits -= 8) {
      *dst++ = static_cast<std::uint8_t>(pending);
      pending >>= 8;
    }
  }
  if (pendingBits > 0) *dst = static_cast<std::uint8_t>(pending);
}

/** Gives the weights of codes that share a scale, each operation rounded to f32. */
static inline void dequantizeSpan(const std::uint16_t* codes, Count count, const CodeRange& range, float scale,
                                  float bias, float* dst) {
  const std::int32_t times = range.sign ? 2 : 1;
  const std::int32_t minus = range.sign ? 1 : range.offset;
  for (Count c = 0; c < count; c++) dst[c] = static_cast<float>(codes[c] * times - minus) * scale + bias;
}

/** Reads whole rows as weights; of a dead zone, whose levels are made anew where rows have their own. */
struct RowReader {
  Packed packed;
  Format format;
  CodeRange range;
  Count bytes;
  Count spans;
  std::uint16_t* codes;
  Levels levels;

  /** Needs `cols` numbers of scratch. */
  RowReader(const Packed& from, const Format& as, std::uint16_t* scratch)
      : packed(from), format(as), range(codeRangeOf(as)), bytes(rowBytes(as.bits, as.cols)), spans(spansOf(as)),
        codes(scratch) {
    if (format.zoned() && format.scaleStep == 0) useLevels(0);
  }

  void read(Count row, float* dst) {
    unpackRow(packed.codes.data + row * bytes, format.cols, format.bits, codes);
    for (Count span = 0; span < spans; span++) {
      const Count first = span * format.spanCols;
      const Count count = format.cols - first < format.spanCols ? format.cols - first : format.spanCols;
      const Count slot = row * format.scaleStep + span;
      if (format.zoned()) {
        if (format.scaleStep > 0) useLevels(slot);
        for (Count c = first; c < first + count; c++) dst[c] = levels.of[codes[c]];
        continue;
      }
      const float bias = format.biased() ? packed.bias.data[slot] : 0;
      dequantizeSpan(codes + first, count, range, packed.scale.data[slot], bias, dst + first);
    }
  }

  void useLevels(Count slot) {
    levels.fill(format, packed.scale.data[slot], packed.bias.data[slot]);
  }
};

}  // namespace DQRM_ISA
}  // namespace dqrm
