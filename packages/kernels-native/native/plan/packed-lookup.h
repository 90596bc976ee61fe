// The vectors that a batch's bags give to the interaction, out of tables that are read in place.
#pragma once

#include <vector>

#include "../ops/decode.h"
#include "../simd/prefetch.h"
#include "chunk-bags.h"
#include "layer.h"
#include "packed-rows.h"

namespace dqrm {
namespace DQRM_ISA {

/** Rows that are asked for before the first of them is read: enough for every miss that a core keeps. */
constexpr int kServedRowsAhead = 64;

/** Reads rows of floats. */
struct FloatRows {
  const float* floats;
  int cols;
  explicit FloatRows(const ServedRows& rows) : floats(rows.floats), cols(rows.cols) {}
  template <int vectors>
  DQRM_INLINE_MEMBER void read(std::int64_t row, float* dst) const {
    const float* from = floats + row * cols;
    if (vectors == 0) {
      for (int c = 0; c < cols; c++) dst[c] = from[c];
    } else {
      for (int v = 0; v < vectors; v++) store(dst + v * kLanes, load(from + v * kLanes));
    }
  }
};

/** Reads rows of whole vectors of 4 or 8 bits, whose scale is given by table or by row. */
template <int bits, bool biased, bool perRow, class Decoder>
struct WholeRows {
  static constexpr int kVectorBytes = kLanes * bits / 8;
  ServedRows rows;
  int count;
  Decoder decoder;
  explicit WholeRows(const ServedRows& from) : rows(from), count(from.cols / kLanes) {
    if (!perRow) decoder.use(rows.scale, rows.bias, 0);
  }
  template <int vectors>
  DQRM_INLINE_MEMBER void read(std::int64_t row, float* dst) const {
    Decoder use = decoder;
    if (perRow) use.use(rows.scale, rows.bias, row);
    const int all = vectors == 0 ? count : vectors;
    const std::uint8_t* from = rows.codes + row * all * kVectorBytes;
    for (int v = 0; v < all; v++) store(dst + v * kLanes, use.weights(from + v * kVectorBytes));
  }
};

/** Reads rows of whole vectors of 4 or 8 bits that share the levels of a dead zone. */
template <int bits>
struct LevelRows {
  static constexpr int kVectorBytes = kLanes * bits / 8;
  const std::uint8_t* codes;
  int count;
  Levels levels;
  LevelDecoder<bits> decoder;
  explicit LevelRows(const ServedRows& rows)
      : codes(rows.codes), count(rows.cols / kLanes), levels(levelsOf(rows)), decoder(levels) {}
  LevelRows(const LevelRows&) = delete;
  template <int vectors>
  DQRM_INLINE_MEMBER void read(std::int64_t row, float* dst) const {
    const int all = vectors == 0 ? count : vectors;
    const std::uint8_t* from = codes + row * all * kVectorBytes;
    for (int v = 0; v < all; v++) store(dst + v * kLanes, decoder.weights(from + v * kVectorBytes));
  }
};

/** Reads rows of any width that share the levels of a dead zone. */
struct AnyLevelRows {
  ServedRows rows;
  Levels levels;
  explicit AnyLevelRows(const ServedRows& from) : rows(from), levels(levelsOf(from)) {}
  template <int vectors>
  DQRM_INLINE_MEMBER void read(std::int64_t row, float* dst) const {
    const std::uint8_t* codes = rows.codes + row * codeBytes(rows);
    for (int c = 0; c < rows.cols; c++) dst[c] = levels.of[codeAt(codes, c, rows.bits)];
  }
};

/** Reads rows of any format. */
struct AnyRows {
  ServedRows rows;
  explicit AnyRows(const ServedRows& from) : rows(from) {}
  template <int vectors>
  DQRM_INLINE_MEMBER void read(std::int64_t row, float* dst) const {
    readServedRow(rows, row, dst);
  }
};

/** Where the vectors of features go: `cols` from one feature to the next, `step` from one sample to the next. */
struct VectorPlaces {
  float* data;
  int cols;
  std::size_t step;
  int samples;
  /** Room for one vector. */
  float* scratch;
};

/** Sums or averages the rows of one bag, each product, sum and quotient rounded. */
template <int vectors, class Reader>
DQRM_INLINE void poolBag(const Reader& reader, const ServedTable& table, const ChunkBags& bags, int sample, float* to,
                         float* scratch) {
  const int cols = table.rows.cols, first = bags.begin(sample), last = bags.end(sample);
  for (int c = 0; c < cols; c++) to[c] = 0;
  for (int i = first; i < last; i++) {
    reader.template read<vectors>(bags.row(i), scratch);
    const float weight = bags.weights() == nullptr ? 1.0f : bags.weights()[i];
    for (int c = 0; c < cols; c++) to[c] += weight * scratch[c];
  }
  if (table.mean && last - first > 1) {
    const float count = static_cast<float>(last - first);
    for (int c = 0; c < cols; c++) to[c] /= count;
  }
}

template <int vectors, class Reader>
DQRM_INLINE void poolFeature(const ServedTable& table, const ChunkBags& bags, const VectorPlaces& places, float* to) {
  const Reader reader(table.rows);
  if (bags.single() && bags.weights() == nullptr) {
    for (int s = 0; s < places.samples; s++) reader.template read<vectors>(bags.row(s), to + s * places.step);
    return;
  }
  for (int s = 0; s < places.samples; s++) {
    poolBag<vectors>(reader, table, bags, s, to + s * places.step, places.scratch);
  }
}

/** Pools the bags of features whose tables are read alike. */
template <int vectors, class Reader>
static void poolBags(const ServedTable* const* tables, const ChunkBags* bags, int features, const VectorPlaces& places) {
  for (int f = 0; f < features; f++) {
    poolFeature<vectors, Reader>(*tables[f], bags[f], places, places.data + f * places.cols);
  }
}

using PoolBags = void (*)(const ServedTable* const* tables, const ChunkBags* bags, int features,
                          const VectorPlaces& places);

/** Chooses the code for a width: vectors are cache lines in most models. */
template <class Reader>
static PoolBags poolerOfWidth(int cols) {
  return cols == 16 ? poolBags<16 / kLanes, Reader> : poolBags<0, Reader>;
}

template <int bits, bool biased, bool perRow>
static PoolBags poolerOfCodes(int cols) {
  return poolerOfWidth<WholeRows<bits, biased, perRow, ScaledDecoder<bits, biased>>>(cols);
}

template <int bits>
static PoolBags poolerOfBits(const ServedRows& rows) {
  if (rows.biased()) {
    return rows.scaleStep == 0 ? poolerOfCodes<bits, true, false>(rows.cols) : poolerOfCodes<bits, true, true>(rows.cols);
  }
  if (rows.scaleStep > 0) return poolerOfCodes<bits, false, true>(rows.cols);
  if (bits == 4) return poolerOfWidth<WholeRows<4, false, false, TableDecoder>>(rows.cols);
  return poolerOfCodes<bits, false, false>(rows.cols);
}

static inline PoolBags poolerOfZone(const ServedRows& rows) {
  if (rows.scaleStep > 0) return poolBags<0, AnyRows>;
  if (rows.cols % kLanes != 0 || (rows.bits != 4 && rows.bits != 8)) return poolBags<0, AnyLevelRows>;
  return rows.bits == 4 ? poolerOfWidth<LevelRows<4>>(rows.cols) : poolerOfWidth<LevelRows<8>>(rows.cols);
}

/** Chooses the code that reads a table. */
static inline PoolBags poolerOf(const ServedRows& rows) {
  if (rows.bits == 0) return poolerOfWidth<FloatRows>(rows.cols);
  if (rows.zoned()) return poolerOfZone(rows);
  const bool whole = rows.cols % kLanes == 0 && rows.spanCols >= rows.cols;
  if (whole && rows.bits == 4) return poolerOfBits<4>(rows);
  if (whole && rows.bits == 8) return poolerOfBits<8>(rows);
  return poolBags<0, AnyRows>;
}

/** Where the rows of a feature lie, in half a cache line: a sample alone needs no more of each table until it reads it. */
struct RowLines {
  const char* data;
  std::int64_t bytes;
  const float* scale;
  std::int64_t scaleStep;
  explicit RowLines(const ServedRows& rows)
      : data(rows.bits == 0 ? reinterpret_cast<const char*>(rows.floats) : reinterpret_cast<const char*>(rows.codes)),
        bytes(rows.bits == 0 ? static_cast<std::int64_t>(rows.cols) * sizeof(float) : codeBytes(rows)),
        scale(rows.scale),
        scaleStep(rows.scaleStep) {}
  DQRM_INLINE_MEMBER void prefetch(std::int64_t row) const {
    prefetchLine(data + row * bytes);
    for (std::int64_t at = 64; at < bytes; at += 64) prefetchLine(data + row * bytes + at);
    if (scaleStep > 0) prefetchLine(scale + row * scaleStep);
  }
};

/** Pools the bags of a model feature by feature, and asks for rows of later features meanwhile. */
class PackedLookup {
 public:
  explicit PackedLookup(const InferenceModel& model) {
    for (const int table : model.features) {
      tables_.push_back(&model.tables[table]);
      poolers_.push_back(poolerOf(model.tables[table].rows));
      lines_.emplace_back(model.tables[table].rows);
    }
  }

  /** Asks for the rows of the first features. */
  void prefetchFirst(const std::vector<ChunkBags>& bags, int samples) const {
    for (int f = 0; f < featuresAhead(samples) && f < features(); f++) prefetchFeature(bags[f], f, 0, samples);
  }

  /** Fills the vectors of every feature. */
  void gather(const std::vector<ChunkBags>& bags, const VectorPlaces& places) const {
    const int ahead = featuresAhead(places.samples);
    VectorPlaces left = places;
    for (int f = 0, count; f < features(); f += count) {
      if (f + ahead < features()) prefetchFeature(bags[f + ahead], f + ahead, 0, places.samples);
      // What was asked for already is pooled in one go: a call for each feature costs as much as a row.
      count = ahead < features() ? 1 : alikeFrom(f);
      poolers_[f](&tables_[f], &bags[f], count, left);
      left.data += static_cast<std::ptrdiff_t>(count) * places.cols;
    }
  }

 private:
  int features() const { return static_cast<int>(poolers_.size()); }
  static int featuresAhead(int samples) { return (kServedRowsAhead + samples - 1) / samples; }

  /** Counts the features from f on that are pooled by the same code. */
  int alikeFrom(int f) const {
    int last = f + 1;
    while (last < features() && poolers_[last] == poolers_[f]) last++;
    return last - f;
  }

  void prefetchFeature(const ChunkBags& bags, int f, int begin, int end) const {
    const RowLines& lines = lines_[f];
    for (int i = bags.begin(begin); i < bags.end(end - 1); i++) lines.prefetch(bags.row(i));
  }

  std::vector<const ServedTable*> tables_;
  std::vector<PoolBags> poolers_;
  std::vector<RowLines> lines_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
