// Writes values that are sent, group by group: a group is in the cache from the search for its scale to its last code.
#pragma once

#include "sent-draws.h"
#include "sent-levels.h"
#include "sent-pack.h"

namespace dqrm {
namespace DQRM_ISA {

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

/** Gives the scale of a group, not finite when a value is not; the mean magnitude is summed in order. */
template <class Source>
static inline double groupScale(const Source& source, Count begin, Count count, Count coding) {
  if (coding != kSentSign) return static_cast<double>(source.peak(begin, count)) / sentPeak(coding);
  double sum = 0;
  for (Count i = begin; i < begin + count; i++) sum += std::fabs(static_cast<double>(source.at(i)));
  return sum / static_cast<double>(count);
}

/** Rounds levels of more than one bit; signs are rounded where there is room for whole vectors. */
DQRM_INLINE void writeSpan(SentSpan<std::int8_t> span, int count, Steps steps, Count) { roundLevels(span, count, steps); }
DQRM_INLINE void writeSpan(SentSpan<std::int16_t> span, int count, Steps steps, Count coding) {
  if (coding == kSentSign) signLevels(span, count, steps.scale);
  else roundLevels(span, count, steps);
}

/** Writes the scales of the groups of some values, and their levels; goes on where the last call stopped. */
template <class Source>
struct LevelWriter {
  const Source& source;
  const SentLayout& layout;
  Count coding;
  std::uint8_t* scales;
  Count groupEnd = 0;
  float scale = 0;

  /** Takes values [first, first + count); false when one is not finite. */
  template <class Level>
  bool write(SentSpan<Level> span, Count first, int count) {
    for (int i = 0; i < count;) {
      if (first + i == groupEnd && !beginGroup()) return false;
      const Count some = groupEnd - (first + i);
      const int end = some < count - i ? i + static_cast<int>(some) : count;
      writeSpan(span.from(i), end - i, steps(), coding);
      i = end;
    }
    return true;
  }

 private:
  /** Where all values are zero any scale gives their codes; the mean of their magnitudes is what signs stand for. */
  Steps steps() const { return {scale == 0 && coding != kSentSign ? 1 : scale, sentPeak(coding)}; }

  bool beginGroup() {
    const Count rest = layout.total - groupEnd;
    const Count group = rest < layout.groupValues ? rest : layout.groupValues;
    const double wanted = groupScale(source, groupEnd, group, coding);
    if (!isFiniteDouble(wanted)) return false;
    writeSentScale(scales, layout.stride, wanted, sentPeak(coding));
    scale = floatOfBits(sentScaleBits(scales, layout.stride));
    scales += layout.stride;
    groupEnd += group;
    return true;
  }
};

/** Writes scales and levels; false when a value is not finite. */
template <class Source>
static inline bool writeLevels(const Source& source, const SentLayout& layout, Count coding, SentDraws* random,
                               std::uint8_t* scales) {
  float room[kSentAtOnce];
  std::int16_t levels[kSentAtOnce + kSentSlack];
  std::uint8_t* codes = scales + layout.scaleBytes;
  LevelWriter<Source> writer{source, layout, coding, scales};
  for (Count first = 0; first < layout.total; first += kSentAtOnce) {
    const Count left = layout.total - first;
    const int count = left < kSentAtOnce ? static_cast<int>(left) : kSentAtOnce;
    const std::uint16_t* draws = random == nullptr ? nullptr : random->draw(first, count);
    const float* values = source.take(first, count, room);
    if (coding == kSentInt8) {
      // Levels of 8 bits are the codes.
      std::int8_t* bytes = reinterpret_cast<std::int8_t*>(codes + first);
      if (!writer.write(SentSpan<std::int8_t>{values, draws, bytes, source.leftAt(first)}, first, count)) return false;
      continue;
    }
    if (!writer.write(SentSpan<std::int16_t>{values, draws, levels, source.leftAt(first)}, first, count)) return false;
    for (int i = count; i < count + 8; i++) levels[i] = fillingLevel(coding);
    packLevels(levels, static_cast<int>(sentCodeBytes(coding, count)), coding, codes + sentCodeBytes(coding, first));
  }
  return true;
}

static inline void writeBfloat16(const float* src, int count, std::uint8_t* codes) {
  for (int i = 0; i < count; i++) {
    const std::uint32_t bits = bitsOfFloat(src[i]);
    const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const std::uint32_t code = (rounded & 0x7fff) == 0x7f80 ? rounded - 1 : rounded;
    const std::uint16_t half = static_cast<std::uint16_t>(code);
    std::memcpy(codes + 2 * i, &half, sizeof half);
  }
}

/** Writes floats, or the upper halves of some; false when a value is not finite. */
template <class Source>
static inline bool writeFloats(const Source& source, const SentLayout& layout, Count coding, std::uint8_t* codes) {
  float room[kSentAtOnce];
  for (Count first = 0; first < layout.total; first += kSentAtOnce) {
    const Count left = layout.total - first;
    const int count = left < kSentAtOnce ? static_cast<int>(left) : kSentAtOnce;
    const float* values = source.take(first, count, room);
    if (!isFinite(peakOf(values, count))) return false;
    std::uint8_t* to = codes + sentCodeBytes(coding, first);
    if (coding == kSentFloat32) {
      std::memcpy(to, values, static_cast<std::size_t>(sentCodeBytes(coding, count)));
    } else {
      writeBfloat16(values, count, to);
    }
    source.keepFloats(values, to, count, first, coding);
  }
  return true;
}

/** Tells whether the rows are none that a place could be made of. */
static inline bool areRows(Ints rows, Count count) {
  if (rows.length < count) return false;
  std::int32_t signs = 0;
  for (Count i = 0; i < count; i++) signs |= rows.data[i];
  return signs >= 0;
}

/** Says where values are written, and how. */
struct Sending {
  Ints rows;
  Count count;
  Count cols;
  double seed;
  double stream;
  Bytes out;
  Count at;
  Count coding;
  Count groups;
  bool stochastic;
};

/** Gives the position behind what was written, or a negative number. */
template <class Source>
static inline Count writeSent(const Source& source, const Sending& sending) {
  const Count coding = sending.coding;
  if (sending.at > sending.out.length || (sending.stochastic && !areRows(sending.rows, sending.count))) return -1;
  const SentLayout layout = laySent(coding, sending.groups, sending.count, sending.cols);
  if (layout.scaleBytes + layout.codeBytes > sending.out.length - sending.at) return -1;
  std::uint8_t* to = sending.out.data + sending.at;
  bool finite;
  if (layout.stride == 0) {
    finite = writeFloats(source, layout, coding, to);
  } else if (sending.stochastic) {
    SentDraws random;
    random.rows = sending.rows.data;
    random.cols = sending.cols;
    random.seed = wrapped(sending.seed);
    random.stream = wrapped(sending.stream);
    finite = writeLevels(source, layout, coding, &random, to);
  } else {
    finite = writeLevels(source, layout, coding, nullptr, to);
  }
  return finite ? sending.at + layout.scaleBytes + layout.codeBytes : -1;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
