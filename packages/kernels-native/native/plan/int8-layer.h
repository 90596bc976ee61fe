// One linear layer whose products are whole numbers of 8 bits.
//
// y[o] = Σ w[o][i] · x[i] + b[o] is computed as (Σ v · u) · s_o · t + b[o], where w ≈ v · s_o and x ≈ u · t. The sum is
// exact, so that its bits depend neither on the instruction set nor on the samples beside it. With |w − v · s_o| <= s_o/2
// (0 where v are the codes of a packed layer) and |x − u · t| <= t/2,
//
//   |y' − y| <= Σ (|w| · t/2 + |x| · s_o/2 + s_o · t/4)
//
// and inputs that err by e[i] already add Σ |w| · e[i]; activations pass no more on than they are given (sigmoid a
// quarter). Roundings of the epilogue, some units in the last place of f32, stay far below.
#pragma once

#include <vector>

#include "../gemm/int8-row.h"
#include "int4-panels.h"
#include "layer.h"
#include "packed-rows.h"

namespace dqrm {
namespace DQRM_ISA {

/** Largest number of inputs whose sum of products of 255 and −128 fits 32 bits. */
constexpr int kMostCodedInputs = 1 << 16;

/** Holds rows of codes, the scale of each, and nothing between them. */
struct CodedRows {
  InputCode* data;
  std::size_t step;
  float* scales;
  InputCode* row(std::size_t sample) const { return data + sample * step; }
};

/** Distance between rows of codes: whole vectors, and not a multiple of what a cache set repeats at. */
constexpr int codedStep(int width) {
  return (width + kVectorCodes - 1) / kVectorCodes * kVectorCodes + 64 / static_cast<int>(sizeof(InputCode));
}

/** The largest magnitudes of a row, lane by lane. */
struct Peak {
  PeakBits bits;
};

/** Scales and biases of a panel, and where its outputs go. */
template <bool relu>
struct FinishCodes {
  const std::int32_t* start;
  const float* scale;
  const float* bias;
  const float* inputScales;
  float* y;
  std::size_t step;
  Peak* peaks;
  template <int N>
  DQRM_INLINE_MEMBER void finish(int m, const Vector (&sums)[N]) const {
    const Vector inputScale = splat(inputScales[m]);
    PeakBits peak = peaks[m].bits;
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      Vector v = add(mul(mul(sums[n], load(scale + n * kLanes)), inputScale), load(bias + n * kLanes));
      if (relu) v = max(zero(), v);
      store(y + m * step + n * kLanes, v);
      peak = raise(peak, v);
    }
    peaks[m].bits = peak;
  }
  void moveOn(int outputs) {
    start += outputs;
    scale += outputs;
    bias += outputs;
    y += outputs;
  }
};

class Int8Layer {
 public:
  /** @param isSigned whether inputs may be negative, which says how their codes are kept */
  Int8Layer(const ServedLayer& layer, bool isSigned)
      : inputs_(layer.inputs),
        outputs_(layer.outputs),
        activation_(layer.activation),
        isSigned_(isSigned),
        groups_(wholeVectors(layer.inputs) / kTerms),
        scale_(wholeShared(layer.outputs)),
        bias_(wholeShared(layer.outputs)),
        start_(wholeShared(layer.outputs)) {
    const std::size_t row = static_cast<std::size_t>(codedStep(inputs_));
    weights_ = Numbers<WeightCode>(single() ? row : static_cast<std::size_t>(wholePanels(outputs_)) * groups_ * kTerms);
    if (!single() && hasOwnCodes(layer.weight) && layer.weight.bits <= 4) int4_ = Int4Panels(outputs_, groups_);
    std::vector<float> floats(static_cast<std::size_t>(inputs_));
    std::vector<int> whole(static_cast<std::size_t>(inputs_));
    for (int o = 0; o < outputs_; o++) {
      scale_[o] = wholeWeights(layer.weight, o, floats.data(), whole.data());
      placeWeights(o, whole.data());
      float bias;
      readServedRow(layer.bias, o, &bias);
      // Never −0, so that the outputs of relu are not either.
      bias_[o] = bias + 0.0f;
    }
  }

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  Activation activation() const { return activation_; }
  bool isSigned() const { return isSigned_; }

  /** y = activation(x · Wᵀ + b) of `samples` rows; keeps their peaks, which must begin at nothing, but for sigmoid. */
  void forward(const CodedRows& x, const Rows& y, int samples, Peak* peaks) const {
    if (single()) {
      forwardSingle(x, y, samples);
    } else if (samples == 1) {
      if (activation_ == Activation::relu) forwardAlone<true>(x, y, peaks);
      else forwardAlone<false>(x, y, peaks);
    } else {
      for (int p = 0; p * kPanel < outputs_; p++) {
        if (activation_ == Activation::relu) forwardPanel<true>(p, x, y, samples, peaks);
        else forwardPanel<false>(p, x, y, samples, peaks);
      }
    }
    if (activation_ == Activation::sigmoid || single()) finishRows(y, samples, peaks);
  }

 private:
  /** Rounds up to whole panels of either kind. */
  static constexpr int wholeShared(int outputs) { return (outputs + kSharedPanel - 1) / kSharedPanel * kSharedPanel; }

  bool single() const { return outputs_ == 1; }

  template <bool relu>
  void forwardPanel(int p, const CodedRows& x, const Rows& y, int samples, Peak* peaks) const {
    const int at = p * kPanel;
    const FinishCodes<relu> epilogue{start_.data() + at, scale_.data() + at, bias_.data() + at,
                                     x.scales,           y.data + at,        y.step,
                                     peaks};
    const WeightCode* weights = weights_.data() + static_cast<std::size_t>(at) * groups_ * kTerms;
    if (outputs_ - at <= kLanes) sumCodePanel<1>(x.data, x.step, weights, groups_, samples, epilogue);
    else sumCodePanel<kPanelVectors>(x.data, x.step, weights, groups_, samples, epilogue);
  }

  /** As forwardPanel for one sample and every panel, whose ends would cost as much as a short panel. */
  template <bool relu>
  void forwardAlone(const CodedRows& x, const Rows& y, Peak* peaks) const {
    FinishCodes<relu> epilogue{start_.data(), scale_.data(), bias_.data(), x.scales, y.data, y.step, peaks};
    if (!int4_.empty()) {
      int4_.sum(x.data, epilogue);
      return;
    }
    const WeightCode* weights = weights_.data();
    const std::size_t panelStep = static_cast<std::size_t>(kPanel) * groups_ * kTerms;
    for (int at = 0; at < outputs_; at += kPanel, weights += panelStep) {
      sumCodesAlone<kPanelVectors>(x.data, weights, groups_, 0, epilogue);
      epilogue.moveOn(kPanel);
    }
  }

  void forwardSingle(const CodedRows& x, const Rows& y, int samples) const {
    for (int s = 0; s < samples; s++) {
      Sums sums = noSums();
      const InputCode* row = x.row(s);
      for (int i = 0; i < groups_ * kTerms; i += kVectorCodes) {
        Sums codes;
        std::memcpy(&codes, row + i, sizeof codes);
        sums = addProducts(sums, codes, loadCodes(weights_.data() + i));
      }
      const float sum = static_cast<float>(total(sums) + start_[0]);
      y.row(s)[0] = sum * scale_[0] * x.scales[s] + bias_[0];
    }
  }

  /** Finishes what panels leave undone: any activation of a single output, and sigmoid. */
  void finishRows(const Rows& y, int samples, Peak* peaks) const {
    for (int s = 0; s < samples; s++) {
      float* row = y.row(s);
      for (int o = 0; o < outputs_; o++) {
        if (activation_ == Activation::relu && row[o] <= 0) row[o] = 0;
        if (activation_ == Activation::sigmoid) row[o] = 1.0f / (1.0f + std::exp(-row[o]));
      }
      PeakBits peak = noPeak();
      for (int c = 0; c < wholeVectors(outputs_); c += kLanes) {
        peak = raise(peak, loadFirst(row + c, std::min(kLanes, outputs_ - c)));
      }
      peaks[s].bits = peak;
    }
  }

  /** Tells whether the codes of a row are whole numbers of one scale. */
  static bool hasOwnCodes(const ServedRows& rows) {
    return rows.bits >= 1 && rows.bits <= 8 && rows.scheme == kSymmetric && rows.spanCols >= rows.cols;
  }

  /** Gives the whole numbers of an output's weights: its own codes where it has them, else the nearest of 8 bits. */
  static float wholeWeights(const ServedRows& rows, int output, float* floats, int* whole) {
    if (hasOwnCodes(rows)) {
      const std::uint8_t* codes = rows.codes + output * codeBytes(rows);
      for (int i = 0; i < rows.cols; i++) whole[i] = wholeOf(rows, codeAt(codes, i, rows.bits));
      return rows.scale[static_cast<std::int64_t>(output) * rows.scaleStep];
    }
    readServedRow(rows, output, floats);
    float peak = 0;
    for (int i = 0; i < rows.cols; i++) {
      const float magnitude = std::fabs(floats[i]);
      if (!(magnitude <= peak)) peak = magnitude;
    }
    if (!std::isfinite(peak)) {
      std::fill(whole, whole + rows.cols, 0);
      return std::numeric_limits<float>::quiet_NaN();
    }
    const float scale = std::max(peak, kLeastRowPeak) / 127.0f;
    for (int i = 0; i < rows.cols; i++) whole[i] = static_cast<int>(std::nearbyint(floats[i] / scale));
    return scale;
  }

  void placeWeights(int output, const int* whole) {
    const std::size_t panel = static_cast<std::size_t>(output / kPanel * kPanel) * groups_ * kTerms;
    std::int32_t sum = 0;
    for (int i = 0; i < inputs_; i++) {
      const int place = placeOf(i, inputs_);
      const std::size_t group = static_cast<std::size_t>(place / kTerms) * kPanel * kTerms;
      const std::size_t at = single() ? place : panel + group + output % kPanel * kTerms + place % kTerms;
      weights_[at] = static_cast<WeightCode>(whole[i]);
      if (!int4_.empty()) int4_.place(output, place, whole[i]);
      sum += whole[i];
    }
    start_[output] = isSigned_ ? -kSignedInputOffset * sum : 0;
  }

  int inputs_, outputs_;
  Activation activation_;
  bool isSigned_;
  int groups_;
  Numbers<WeightCode> weights_;
  /** The same codes once more where they have 4 bits at most. */
  Int4Panels int4_;
  Numbers<float> scale_, bias_;
  Numbers<std::int32_t> start_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
