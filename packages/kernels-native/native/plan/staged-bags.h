// The bags of a batch, checked once and copied: whoever shares the caller's arrays cannot change them afterwards.
#pragma once

#include <algorithm>
#include <cmath>

#include "memory.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Holds the checked indices and offsets of one feature. */
class StagedBags {
 public:
  StagedBags(std::int64_t rows, int maxBatch) : rows_(rows), offsets_(static_cast<std::size_t>(maxBatch) + 1) {}

  /** Makes room for the indices that a batch says it has; comes before any thread stages its part. */
  void reserve(const FeatureBags& bags, int size) {
    std::int64_t count = bags.offsets[size];
    if (count < 0 || count > bags.indexCount) count = 0;
    if (indices_.size() < static_cast<std::size_t>(count)) {
      indices_ = Numbers<std::int32_t>(std::max<std::size_t>(count, 2 * indices_.size()));
    }
    weights_ = bags.weights;
  }

  /** Checks and copies the bags of samples [begin, end); raises `weightPeak` to the largest weight. */
  bool stage(const FeatureBags& bags, int begin, int end, float* weightPeak) {
    const std::int32_t* offsets = bags.offsets;
    std::int64_t previous = begin == 0 ? 0 : offsets[begin];
    if (previous < 0) return false;
    const std::int64_t first = offsets[begin];
    for (int b = begin; b <= end; b++) {
      const std::int64_t offset = offsets[b];
      if (offset < previous) return false;
      offsets_[b] = static_cast<std::int32_t>(offset);
      previous = offset;
    }
    if (previous > bags.indexCount || previous > static_cast<std::int64_t>(indices_.size())) return false;
    if (bags.weights != nullptr && previous > bags.weightCount) return false;
    return copyIndices(bags, first, previous) && raiseWeightPeak(bags, first, previous, weightPeak);
  }

  int begin(int bag) const { return offsets_[bag]; }
  int end(int bag) const { return offsets_[bag + 1]; }
  const std::int32_t* indices() const { return indices_.data(); }
  const float* weights() const { return weights_; }

 private:
  bool copyIndices(const FeatureBags& bags, std::int64_t first, std::int64_t last) {
    const std::uint32_t rows = static_cast<std::uint32_t>(rows_);
    std::uint32_t outside = 0;
    std::int32_t* staged = indices_.data();
    for (std::int64_t i = first; i < last; i++) {
      const std::int32_t index = bags.indices[i];
      outside |= static_cast<std::uint32_t>(static_cast<std::uint32_t>(index) >= rows);
      staged[i] = index;
    }
    if (outside == 0) return true;
    // What stays here is read by no one before the next batch overwrites it, but must not point outside even then.
    for (std::int64_t i = first; i < last; i++) staged[i] = 0;
    return false;
  }

  static bool raiseWeightPeak(const FeatureBags& bags, std::int64_t first, std::int64_t last, float* peak) {
    if (bags.weights == nullptr) return true;
    for (std::int64_t i = first; i < last; i++) {
      const float magnitude = std::fabs(bags.weights[i]);
      if (!(magnitude <= *peak)) *peak = magnitude;
    }
    return true;
  }

  std::int64_t rows_;
  Numbers<std::int32_t> offsets_;
  Numbers<std::int32_t> indices_;
  const float* weights_ = nullptr;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
