// The bags of a few samples, checked and copied by the thread that reads them.
#pragma once

#include <algorithm>

#include "memory.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Holds the checked indices and bounds of one feature's bags; nobody else changes them, whoever shares the arrays. */
class ChunkBags {
 public:
  ChunkBags(std::int64_t rows, int samples)
      : rows_(static_cast<std::uint32_t>(rows)),
        bounds_(static_cast<std::size_t>(samples) + 1),
        indices_(static_cast<std::size_t>(samples)) {}

  /** Checks and copies the bags of samples [begin, begin + samples). @throws std::bad_alloc for more indices than ever */
  bool stage(const FeatureBags& bags, int begin, int samples) {
    const std::int32_t first = bags.offsets[begin];
    if (samples == 1 && bags.weights == nullptr && difference(bags.offsets[begin + 1], first) == 1) {
      return stageOne(bags, first);
    }
    std::int32_t falls = first;
    bounds_[0] = 0;
    for (int s = 1; s <= samples; s++) bounds_[s] = difference(bags.offsets[begin + s], first);
    for (int s = 1; s <= samples; s++) falls |= difference(bounds_[s], bounds_[s - 1]) | bounds_[s];
    const std::int32_t count = bounds_[samples];
    const std::int64_t last = static_cast<std::int64_t>(first) + count;
    if (falls < 0 || last > bags.indexCount) return false;
    if (bags.weights != nullptr && last > bags.weightCount) return false;
    weights_ = bags.weights == nullptr ? nullptr : bags.weights + first;
    single_ = isSingle(samples);
    return copyIndices(bags.indices + first, count);
  }

  /** Whether every bag has exactly one index. */
  bool single() const { return single_; }
  int begin(int sample) const { return single_ ? sample : bounds_[sample]; }
  int end(int sample) const { return single_ ? sample + 1 : bounds_[sample + 1]; }
  std::int64_t row(int position) const { return rowsOf_[position]; }
  /** Null where bags have no weights. */
  const float* weights() const { return weights_; }

 private:
  /** Wraps where it overflows: of falling offsets, some difference is negative. */
  static std::int32_t difference(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
  }

  /** One index of one sample, as most that are served alone have. */
  bool stageOne(const FeatureBags& bags, std::int32_t first) {
    if (first < 0 || first >= bags.indexCount) return false;
    only_ = bags.indices[first];
    weights_ = nullptr;
    single_ = true;
    rowsOf_ = &only_;
    return static_cast<std::uint32_t>(only_) < rows_;
  }

  bool isSingle(int samples) const {
    std::int32_t differs = 0;
    for (int s = 1; s <= samples; s++) differs |= bounds_[s] ^ s;
    return differs == 0;
  }

  bool copyIndices(const std::int32_t* indices, std::int32_t count) {
    if (indices_.size() < static_cast<std::size_t>(count)) {
      indices_ = Numbers<std::int32_t>(std::max(static_cast<std::size_t>(count), 2 * indices_.size()));
    }
    std::uint32_t outside = 0;
    std::int32_t* to = indices_.data();
    rowsOf_ = to;
    for (std::int32_t i = 0; i < count; i++) {
      const std::int32_t index = indices[i];
      outside |= static_cast<std::uint32_t>(static_cast<std::uint32_t>(index) >= rows_);
      to[i] = index;
    }
    return outside == 0;
  }

  std::uint32_t rows_;
  Numbers<std::int32_t> bounds_;
  Numbers<std::int32_t> indices_;
  /** The copied indices, or the only one, which stands here: its line is at hand. */
  const std::int32_t* rowsOf_ = nullptr;
  std::int32_t only_ = 0;
  const float* weights_ = nullptr;
  bool single_ = false;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
