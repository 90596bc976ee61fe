// The vectors that a batch's bags give to the interaction.
#pragma once

#include <vector>

#include "../simd/prefetch.h"
#include "row-reader.h"
#include "staged-bags.h"

namespace dqrm {
namespace DQRM_ISA {

/** Samples whose rows are asked for ahead: about 80 rows of a model with 26 features, as many misses as a core keeps. */
constexpr int kSamplesAhead = 3;

DQRM_INLINE void prefetchRow(const float* row, int cols) {
  // One line for each 16 floats.
  for (int c = 0; c < cols; c += 16) prefetchLine(row + c);
}

/** Where one feature's rows come from in this batch. */
struct Source {
  TableArrays table;
  float scale;
  const std::int32_t* indices;
  const std::int32_t* begins;
  const std::int32_t* ends;
  const float* weights;
};

/** Pools the rows of bags, feature by feature, into vectors that lie side by side. */
class Lookup {
 public:
  Lookup(const TrainingModel& model, const std::vector<StagedBags>& bags) : bags_(bags) {
    for (const int table : model.features) sources_.push_back({model.tables[table], 0, nullptr, nullptr, nullptr, nullptr});
  }

  /** Reads the scales, and where the bags of the batch are staged. */
  void begin() {
    for (std::size_t f = 0; f < sources_.size(); f++) {
      Source& source = sources_[f];
      const TableArrays& table = source.table;
      source.scale = table.bits > 0 && table.granularity == Granularity::table ? *table.scale : 0;
      source.indices = bags_[f].indices();
      source.begins = bags_[f].begins();
      source.ends = bags_[f].ends();
      source.weights = bags_[f].weights();
    }
  }

  /** Tells whether all bags of samples [begin, end) are one index without a weight, as most logs have them. */
  bool areSingles(int begin, int end) const {
    for (const StagedBags& bags : bags_) {
      if (!bags.areSingles(begin, end)) return false;
    }
    return true;
  }

  /** Asks for the rows of the first samples of a chunk, so that they arrive while the bottom layers run. */
  void prefetchFirst(int begin, int end) const {
    for (int s = begin; s < std::min(begin + kSamplesAhead, end); s++) prefetchBags(s);
  }

  /** Fills features [1, features] of samples [begin, end); vectors of sample s begin at e + (s − begin) × sampleStep. */
  void gather(int begin, int end, bool singles, float* e, std::size_t sampleStep, float* scratch) const {
    for (int s = begin; s < end; s++, e += sampleStep) {
      const bool ahead = s + kSamplesAhead < end;
      if (singles) {
        if (ahead) prefetchSingles(s + kSamplesAhead);
        readSingles(s, e);
      } else {
        if (ahead) prefetchBags(s + kSamplesAhead);
        poolBags(s, e, scratch);
      }
    }
  }

 private:
  static const float* rowOf(const TableArrays& table, std::int32_t index) {
    return table.weights + static_cast<std::int64_t>(index) * table.cols;
  }

  void prefetchSingles(int s) const {
    for (const Source& source : sources_) {
      prefetchRow(rowOf(source.table, source.indices[source.begins[s]]), source.table.cols);
    }
  }

  void prefetchBags(int s) const {
    for (const Source& source : sources_) {
      for (int i = source.begins[s]; i < source.ends[s]; i++) {
        prefetchRow(rowOf(source.table, source.indices[i]), source.table.cols);
      }
    }
  }

  /** Beside the vectors of the tables lies that of the bottom layers, as wide as they are. */
  void readSingles(int s, float* e) const {
    for (const Source& source : sources_) {
      e += source.table.cols;
      readRow(source.table, source.scale, rowOf(source.table, source.indices[source.begins[s]]), e);
    }
  }

  void poolBags(int s, float* e, float* scratch) const {
    for (const Source& source : sources_) {
      e += source.table.cols;
      pool(source, source.begins[s], source.ends[s], e, scratch);
    }
  }

  static void pool(const Source& source, int first, int last, float* to, float* scratch) {
    const TableArrays& table = source.table;
    for (int c = 0; c < table.cols; c++) to[c] = 0;
    for (int i = first; i < last; i++) {
      readRow(table, source.scale, rowOf(table, source.indices[i]), scratch);
      const float weight = source.weights == nullptr ? 1.0f : source.weights[i];
      for (int c = 0; c < table.cols; c++) to[c] += weight * scratch[c];
    }
    if (table.mean && last - first > 1) {
      const float count = static_cast<float>(last - first);
      for (int c = 0; c < table.cols; c++) to[c] /= count;
    }
  }

  const std::vector<StagedBags>& bags_;
  std::vector<Source> sources_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
