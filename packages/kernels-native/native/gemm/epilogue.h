// What becomes of a finished tile of sums while it is still in registers.
#pragma once

#include "../plan/activation.h"
#include "tile.h"

namespace dqrm {
namespace DQRM_ISA {

/** Begins sums at zero, and keeps the largest magnitude that it saw where `peak` says. */
struct PeakKeeper {
  PeakBits* peak;
  DQRM_INLINE_MEMBER void expect(int, int) const {}
  DQRM_INLINE_MEMBER Vector start(int, int) const { return zero(); }
  DQRM_INLINE_MEMBER void raisePeak(int, PeakBits seen) const { *peak = higher(*peak, seen); }
};

/** y = sum + bias, through relu or not, rounded to bfloat16 or not. */
template <bool relu, bool rounded = false>
struct AddBias : PeakKeeper {
  float* y;
  std::size_t step;
  const float* bias;
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector sum, PeakBits& seen) const {
    Vector v = add(sum, load(bias + n * kLanes));
    if (relu) v = wherePositive(v, v);
    if (rounded) v = roundToBfloat16(v);
    store(y + m * step + n * kLanes, v);
    seen = raise(seen, v);
  }
};

/** dx = sum · activation'(y), where y is what the activation gave; rounded to bfloat16 or not. */
template <Activation activation, bool rounded = false>
struct MaskGradient : PeakKeeper {
  float* dx;
  std::size_t step;
  const float* y;
  std::size_t yStep;
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector sum, PeakBits& seen) const {
    // Before the mask: an infinite gradient of a silent unit is an error too.
    seen = raise(seen, sum);
    if (activation == Activation::relu) sum = wherePositive(load(y + m * yStep + n * kLanes), sum);
    if (activation == Activation::sigmoid) {
      const Vector v = load(y + m * yStep + n * kLanes);
      sum = mul(sum, mul(v, sub(splat(1), v)));
    }
    if (rounded) sum = roundToBfloat16(sum);
    store(dx + m * step + n * kLanes, sum);
  }
};

/** Continues sums over samples that earlier calls left in `partial` [rows][kPanel], unless this is the first. */
template <bool first>
struct Continue {
  float* partial;
  DQRM_INLINE_MEMBER void expect(int, int) const {}
  DQRM_INLINE_MEMBER Vector start(int m, int n) const {
    return first ? zero() : load(partial + static_cast<std::size_t>(m) * kPanel + n * kLanes);
  }
  DQRM_INLINE_MEMBER void raisePeak(int, PeakBits) const {}
};

/** Leaves the sums in `partial` for the samples to come. */
template <bool first>
struct KeepPartial : Continue<first> {
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector sum, PeakBits&) const {
    store(this->partial + static_cast<std::size_t>(m) * kPanel + n * kLanes, sum);
  }
};

/** Names what is derived from a panel of weights once it is updated: `size` numbers of each kPanel rows, `step` apart. */
struct DerivedPanel {
  const float* data = nullptr;
  std::size_t step = 0;
  int size = 0;
  DQRM_INLINE_MEMBER void expect(int row, int rows) const {
    expectWrites(data + row / kPanel * step + row % kPanel * size / kPanel, rows * size / kPanel);
  }
};

/** Updates a panel of weights, and keeps the peak of each of its columns where `peaks` [kPanelVectors] says. */
template <bool first, bool tracked>
struct StepPanel : Continue<first> {
  float* weights;
  PeakBits* peaks;
  const float* rate;
  DerivedPanel forward;
  DerivedPanel backward;
  /** Other cores have read all of it in the forward pass: without asking, each line would be waited for. */
  DQRM_INLINE_MEMBER void expect(int row, int rows) const {
    expectWrites(weights + static_cast<std::size_t>(row + rows) * kPanel, rows * kPanel);
    forward.expect(row, rows);
    backward.expect(row, rows);
  }
  DQRM_INLINE_MEMBER void put(float* w, Vector fresh, PeakBits& seen) const {
    store(w, fresh);
    if (tracked) seen = raise(seen, fresh);
  }
  DQRM_INLINE_MEMBER void raisePeak(int n, PeakBits seen) const {
    if (tracked) peaks[n] = higher(peaks[n], seen);
  }
};

/** w −= rate · gradient. */
template <bool first, bool tracked>
struct StepSgd : StepPanel<first, tracked> {
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector gradient, PeakBits& seen) const {
    float* w = this->weights + static_cast<std::size_t>(m) * kPanel + n * kLanes;
    this->put(w, fnma(splat(*this->rate), gradient, load(w)), seen);
  }
};

/** Gives w − rate · gradient/(√s + epsilon), where s gains gradient². */
DQRM_INLINE Vector adagradStep(Vector before, float* s, Vector gradient, Vector rate, Vector epsilon) {
  const Vector squares = fma(gradient, gradient, load(s));
  store(s, squares);
  const Vector after = sub(before, div(mul(rate, gradient), add(sqrt(squares), epsilon)));
  // Nothing to step by; without an epsilon, 0/0 would make the weight NaN.
  return whereNonzero(gradient, after, before);
}

template <bool first, bool tracked>
struct StepAdagrad : StepPanel<first, tracked> {
  float* squares;
  const float* epsilon;
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector gradient, PeakBits& seen) const {
    const std::size_t at = static_cast<std::size_t>(m) * kPanel + n * kLanes;
    float* w = this->weights + at;
    this->put(w, adagradStep(load(w), squares + at, gradient, splat(*this->rate), splat(*epsilon)), seen);
  }
};

}  // namespace DQRM_ISA
}  // namespace dqrm
