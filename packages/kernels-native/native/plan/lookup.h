// The vectors that a batch's bags give to the interaction.
#pragma once

#include <vector>

#include "row-reader.h"
#include "staged-bags.h"

namespace dqrm {
namespace DQRM_ISA {

/** Samples whose rows are asked for ahead: about 80 rows of a model with 26 features, as many misses as a core keeps. */
constexpr int kSamplesAhead = 3;

DQRM_INLINE void prefetchRow(const float* row, int cols) {
  // One line for each 16 floats.
  for (int c = 0; c < cols; c += 16) __builtin_prefetch(row + c);
}

/** Pools the rows of bags, feature by feature, into vectors that lie side by side. */
class Lookup {
 public:
  Lookup(const TrainingModel& model, std::vector<StagedBags>& bags) : model_(model), bags_(bags) {
    scales_.resize(model.features.size());
  }

  /** Reads the scales that hold for this step. */
  void readScales() {
    for (std::size_t f = 0; f < scales_.size(); f++) {
      const TableArrays& table = tableOf(f);
      scales_[f] = table.bits > 0 && table.granularity == Granularity::table ? *table.scale : 0;
    }
  }

  /** Asks for the rows of the first samples of a chunk, so that they arrive while the bottom layers run. */
  void prefetchFirst(int begin, int end) const {
    for (int s = begin; s < std::min(begin + kSamplesAhead, end); s++) prefetchSample(s);
  }

  /** Fills features [1, features] of samples [begin, end); vectors of sample s begin at e.row(s − begin). */
  void gather(int begin, int end, float* e, std::size_t sampleStep, float* scratch) const {
    const int cols = model_.tables.empty() ? 0 : tableOf(0).cols;
    for (int s = begin; s < end; s++) {
      if (s + kSamplesAhead < end) prefetchSample(s + kSamplesAhead);
      float* to = e + (s - begin) * sampleStep + cols;
      for (std::size_t f = 0; f < model_.features.size(); f++, to += cols) pool(f, s, to, scratch);
    }
  }

 private:
  const TableArrays& tableOf(std::size_t feature) const { return model_.tables[model_.features[feature]]; }

  void prefetchSample(int s) const {
    for (std::size_t f = 0; f < model_.features.size(); f++) {
      const TableArrays& table = tableOf(f);
      const StagedBags& bags = bags_[f];
      for (int i = bags.begin(s); i < bags.end(s); i++) {
        prefetchRow(table.weights + static_cast<std::int64_t>(bags.indices()[i]) * table.cols, table.cols);
      }
    }
  }

  DQRM_INLINE_MEMBER void pool(std::size_t f, int s, float* to, float* scratch) const {
    const TableArrays& table = tableOf(f);
    const StagedBags& bags = bags_[f];
    const int first = bags.begin(s), last = bags.end(s);
    const float* weights = bags.weights();
    if (last - first == 1 && weights == nullptr) {
      return readRow(table, scales_[f], rowOf(table, bags.indices()[first]), to);
    }
    for (int c = 0; c < table.cols; c++) to[c] = 0;
    for (int i = first; i < last; i++) {
      readRow(table, scales_[f], rowOf(table, bags.indices()[i]), scratch);
      const float weight = weights == nullptr ? 1.0f : weights[i];
      for (int c = 0; c < table.cols; c++) to[c] += weight * scratch[c];
    }
    if (table.mean && last - first > 1) {
      const float count = static_cast<float>(last - first);
      for (int c = 0; c < table.cols; c++) to[c] /= count;
    }
  }

  static const float* rowOf(const TableArrays& table, std::int32_t index) {
    return table.weights + static_cast<std::int64_t>(index) * table.cols;
  }

  const TrainingModel& model_;
  const std::vector<StagedBags>& bags_;
  std::vector<float> scales_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
