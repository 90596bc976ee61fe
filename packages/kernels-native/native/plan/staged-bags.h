// The bags of a batch, checked once and copied: whoever shares the caller's arrays cannot change them afterwards.
#pragma once

#include <algorithm>
#include <cmath>

#include "memory.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/**
 * Holds the checked indices and bounds of one feature's bags.
 *
 * Every number that a thread reads again was written by itself, after it was checked: a caller's other thread may change
 * shared arrays at any time, but not what is staged.
 */
class StagedBags {
 public:
  StagedBags(std::int64_t rows, int maxBatch)
      : rows_(rows), begins_(static_cast<std::size_t>(maxBatch)), ends_(static_cast<std::size_t>(maxBatch)) {}

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
    const std::int64_t room = std::min<std::int64_t>(bags.indexCount, static_cast<std::int64_t>(indices_.size()));
    std::int64_t previous = bags.offsets[begin];
    if (previous < 0) return false;
    const std::int64_t first = previous;
    for (int b = begin; b < end; b++) {
      const std::int64_t offset = bags.offsets[b + 1];
      if (offset < previous) return false;
      begins_[b] = static_cast<std::int32_t>(previous);
      ends_[b] = static_cast<std::int32_t>(offset);
      previous = offset;
    }
    if (previous > room || (bags.weights != nullptr && previous > bags.weightCount)) return false;
    if (bags.weights != nullptr) raiseWeightPeak(bags, first, previous, weightPeak);
    return copyIndices(bags, first, previous);
  }

  /** Tells whether each of the staged bags [first, last) is one index without a weight. */
  bool areSingles(int first, int last) const {
    std::int32_t other = 0;
    for (int b = first; b < last; b++) other |= (ends_[b] - begins_[b]) ^ 1;
    return other == 0 && weights_ == nullptr;
  }

  int begin(int bag) const { return begins_[bag]; }
  int end(int bag) const { return ends_[bag]; }
  const std::int32_t* begins() const { return begins_.data(); }
  const std::int32_t* ends() const { return ends_.data(); }
  const std::int32_t* indices() const { return indices_.data(); }
  const float* weights() const { return weights_; }

  /** Counts the indices of bags [0, samples). */
  std::int64_t terms(int samples) const {
    std::int64_t count = 0;
    for (int b = 0; b < samples; b++) count += ends_[b] - begins_[b];
    return count;
  }

 private:
  /** Writes no index that was not compared, not even for a moment. */
  bool copyIndices(const FeatureBags& bags, std::int64_t first, std::int64_t last) {
    const std::uint32_t rows = static_cast<std::uint32_t>(rows_);
    std::uint32_t outside = 0;
    std::int32_t* staged = indices_.data();
    for (std::int64_t i = first; i < last; i++) {
      const std::uint32_t index = static_cast<std::uint32_t>(bags.indices[i]);
      const bool inside = index < rows;
      outside |= static_cast<std::uint32_t>(!inside);
      staged[i] = static_cast<std::int32_t>(inside ? index : 0);
    }
    return outside == 0;
  }

  static void raiseWeightPeak(const FeatureBags& bags, std::int64_t first, std::int64_t last, float* peak) {
    for (std::int64_t i = first; i < last; i++) {
      const float magnitude = std::fabs(bags.weights[i]);
      if (!(magnitude <= *peak)) *peak = magnitude;
    }
  }

  std::int64_t rows_;
  Numbers<std::int32_t> begins_, ends_, indices_;
  const float* weights_ = nullptr;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
