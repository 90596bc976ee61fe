// Pooling of packed rows, read in place.
#pragma once

#include "codes.h"
#include "decode.h"
#include "embedding-bag.h"

namespace dqrm {
namespace DQRM_ISA {

/** Sums rows of exactly N vectors of INT4 or INT8 codes, whose scales are given by table or by row. */
template <int bits, int N, bool biased, bool perRow, bool weighted, class Decoder>
struct WholePackedPooler : BagPlaces {
  static constexpr Count kRowBytes = static_cast<Count>(N) * kLanes * bits / 8;
  static constexpr Count kVectorBytes = static_cast<Count>(kLanes) * bits / 8;
  const std::uint8_t* codes;
  const float* scale;
  const float* bias;
  const float* weights;
  Decoder decoder;
  RegisterSums<N> sums;
  DQRM_INLINE_MEMBER void fetch(std::int32_t row) const {
    prefetchRow(codes, row, kRowBytes);
    if (perRow) prefetchRow(scale, row, sizeof(float));
    if (perRow && biased) prefetchRow(bias, row, sizeof(float));
  }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    sums.clear();
  }
  DQRM_INLINE_MEMBER bool add(Count row, Count position) {
    if (perRow) decoder.use(scale, bias, row);
    const std::uint8_t* from = codes + row * kRowBytes;
    for (int v = 0; v < N; v++) {
      Vector term = decoder.weights(from + v * kVectorBytes);
      if (weighted) term = mul(splat(weights[position]), term);
      sums.sums[v] = dqrm::DQRM_ISA::add(sums.sums[v], term);
    }
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const {
    sums.write(at);
    divide(count);
  }
};

/** Sums rows of exactly N vectors of codes that share the levels of a dead zone. */
template <int bits, int N>
struct LevelPooler : BagPlaces {
  static constexpr Count kRowBytes = static_cast<Count>(N) * kLanes * bits / 8;
  static constexpr Count kVectorBytes = static_cast<Count>(kLanes) * bits / 8;
  const std::uint8_t* codes;
  const float* weights;
  LevelDecoder<bits> decoder;
  RegisterSums<N> sums;
  DQRM_INLINE_MEMBER void fetch(std::int32_t row) const { prefetchRow(codes, row, kRowBytes); }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    sums.clear();
  }
  DQRM_INLINE_MEMBER bool add(Count row, Count position) {
    const std::uint8_t* from = codes + row * kRowBytes;
    // A product with 1 is exact: one pooler serves bags with weights and without.
    const Vector weight = splat(weights == nullptr ? 1.0f : weights[position]);
    for (int v = 0; v < N; v++) {
      sums.sums[v] = dqrm::DQRM_ISA::add(sums.sums[v], mul(weight, decoder.weights(from + v * kVectorBytes)));
    }
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const {
    sums.write(at);
    divide(count);
  }
};

template <int bits, int N>
static bool poolLevels(const Packed& table, const Bags& bags, Floats dst, const Pooling& pooling, const Format& format,
                       Part part) {
  Levels levels;
  levels.fill(format, table.scale.data[0], table.bias.data[0]);
  LevelPooler<bits, N> pooler{
      {dst.data, pooling}, table.codes.data, bags.weights.data, LevelDecoder<bits>(levels), {}};
  return walkBags(bags, table.rows, part, pooler);
}

/** Sums packed rows of any format: unpacked first, one at a time. */
struct AnyPackedPooler : BagPlaces {
  RowReader reader;
  const float* weights;
  float* row;
  DQRM_INLINE_MEMBER void fetch(std::int32_t index) const {
    prefetchRow(reader.packed.codes.data, index, reader.bytes);
    if (reader.format.scaleStep > 0) prefetchRow(reader.packed.scale.data, index * reader.format.scaleStep, sizeof(float));
  }
  DQRM_INLINE_MEMBER void start(Count bag) {
    place(bag);
    for (Count c = 0; c < pooling.cols; c++) at[c] = 0;
  }
  DQRM_INLINE_MEMBER bool add(Count index, Count position) {
    reader.read(index, row);
    const bool weighted = weights != nullptr;
    addRow(row, weighted ? weights[position] : 1, weighted, at, pooling.cols);
    return true;
  }
  DQRM_INLINE_MEMBER void finish(Count, Count count) const { divide(count); }
};

template <int bits, int N, bool biased, bool perRow, bool weighted, class Decoder>
static bool poolDecoded(const Packed& table, const Bags& bags, Floats dst, const Pooling& pooling, Part part) {
  WholePackedPooler<bits, N, biased, perRow, weighted, Decoder> pooler{
      {dst.data, pooling}, table.codes.data, table.scale.data, table.bias.data, bags.weights.data, {}, {}};
  if (!perRow) pooler.decoder.use(table.scale.data, table.bias.data, 0);
  return walkBags(bags, table.rows, part, pooler);
}

template <int bits, int N, bool biased, bool perRow, class Decoder = ScaledDecoder<bits, biased>>
static bool poolWeightedOrNot(const Packed& table, const Bags& bags, Floats dst, const Pooling& pooling, Part part) {
  return bags.weights.data == nullptr
             ? poolDecoded<bits, N, biased, perRow, false, Decoder>(table, bags, dst, pooling, part)
             : poolDecoded<bits, N, biased, perRow, true, Decoder>(table, bags, dst, pooling, part);
}

template <int bits, int N>
static bool poolPackedRows(const Packed& table, const Bags& bags, Floats dst, const Pooling& pooling,
                           const Format& format, Part part) {
  if (format.zoned()) return poolLevels<bits, N>(table, bags, dst, pooling, format, part);
  if (format.scaleStep == 0) {
    if (format.biased()) return poolWeightedOrNot<bits, N, true, false>(table, bags, dst, pooling, part);
    if (bits == 4) return poolWeightedOrNot<4, N, false, false, TableDecoder>(table, bags, dst, pooling, part);
    return poolWeightedOrNot<bits, N, false, false>(table, bags, dst, pooling, part);
  }
  return format.biased() ? poolWeightedOrNot<bits, N, true, true>(table, bags, dst, pooling, part)
                       : poolWeightedOrNot<bits, N, false, true>(table, bags, dst, pooling, part);
}

template <int bits>
static bool poolWholeVectors(const Packed& table, const Bags& bags, Floats dst, const Pooling& pooling,
                             const Format& format, Part part, bool& served) {
  served = true;
  switch (format.cols) {
    case kLanes: return poolPackedRows<bits, 1>(table, bags, dst, pooling, format, part);
    case 2 * kLanes: return poolPackedRows<bits, 2>(table, bags, dst, pooling, format, part);
    case 4 * kLanes: return poolPackedRows<bits, 4>(table, bags, dst, pooling, format, part);
    default: served = false; return false;
  }
}

static bool embeddingBagPacked(Packed table, Bags bags, Floats dst, Pooling pooling, Format format, Part part) {
  if (!packedFits(table, format) || pooling.cols != format.cols || !placesFit(dst, pooling, part)) return false;
  // Levels of each row's own take more than a row's codes.
  const bool quick = !format.zoned() || format.scaleStep == 0;
  if (quick && spansOf(format) == 1 && (format.bits == 4 || format.bits == 8)) {
    bool served = false;
    const bool done = format.bits == 4 ? poolWholeVectors<4>(table, bags, dst, pooling, format, part, served)
                                       : poolWholeVectors<8>(table, bags, dst, pooling, format, part, served);
    if (served) return done;
  }
  const std::size_t cols = static_cast<std::size_t>(format.cols);
  float* row = static_cast<float*>(scratchBytes(cols * (sizeof(float) + sizeof(std::uint16_t))));
  if (row == nullptr) return false;
  AnyPackedPooler pooler{{dst.data, pooling},
                         RowReader(table, format, reinterpret_cast<std::uint16_t*>(row + cols)),
                         bags.weights.data,
                         row};
  return walkBags(bags, table.rows, part, pooler);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
