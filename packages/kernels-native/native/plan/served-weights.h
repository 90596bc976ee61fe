// A layer's weights as the matrix products read them: the masters, or copies with fewer bits; and both transposed.
#pragma once

#include <algorithm>

#include "../gemm/epilogue.h"
#include "../gemm/tile.h"
#include "../simd/transpose.h"
#include "memory.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Smallest peak that a scale is made of, as MIN_PEAK of the formats. */
constexpr float kLeastPeak = 1e-8f;

/** The largest magnitudes of a panel's columns. */
struct PanelPeaks {
  PeakBits vector[kPanelVectors];
};

/** Counts pairs of terms; an odd last one has a zero beside it. */
constexpr int pairsOf(int terms) { return (terms + 1) / 2; }

/**
 * Derives what the passes read from masters in panels [outputs/kPanel][inputs][kPanel], panel by panel after each update.
 *
 * Transposed weights [inputs/kPanel][outputs][kPanel] serve the gradient of the input. Where products are pairs, two rows
 * of either form share the bits of one.
 */
class ServedWeights {
 public:
  ServedWeights(int inputs, int outputs, const LayerQuantization& quantization, Products products, bool transposes)
      : quantization_(quantization),
        products_(products),
        inputs_(inputs),
        outputs_(outputs),
        paddedInputs_(wholePanels(inputs)),
        paddedOutputs_(wholePanels(outputs)),
        copies_(copied() ? size() : 0),
        transposed_(transposes && !paired() ? size() : 0),
        pairs_(paired() ? size() / 2 : 0),
        transposedPairs_(transposes && paired() ? size() / 2 : 0),
        bias_(static_cast<std::size_t>(paddedOutputs_)),
        peaks_(static_cast<std::size_t>(paddedOutputs_) / kPanel) {}

  /** One scale for the whole matrix can only be chosen when every panel is up to date. */
  bool scaledAsAWhole() const { return quantization_.bits > 0 && !quantization_.perChannel; }
  /** Peaks come with the update where each output has its own scale. */
  bool tracksPeaks() const { return quantization_.bits > 0 && quantization_.perChannel; }
  bool paired() const { return products_ == Products::bfloat16Pairs; }
  bool rounded() const { return products_ != Products::float32; }
  std::size_t size() const { return static_cast<std::size_t>(paddedInputs_) * paddedOutputs_; }
  std::size_t panelStep() const { return static_cast<std::size_t>(paddedInputs_) * kPanel; }
  int inputPanels() const { return paddedInputs_ / kPanel; }
  PanelPeaks& peaks(int p) { return peaks_[p]; }

  /** What the forward pass reads of panel p: terms rows of kPanel numbers, or half as many of pairs. */
  Ahead forwardPanel(const float* master, int p) const {
    if (paired()) return {pairs_.data() + p * panelStep() / 2, static_cast<std::size_t>(pairsOf(inputs_)) * kPanel};
    const float* weights = copied() ? copies_.data() : master;
    return {weights + p * panelStep(), static_cast<std::size_t>(inputs_) * kPanel};
  }

  /** What the gradient of the input reads of the p-th panel of inputs. */
  Ahead backwardPanel(int p) const {
    const std::size_t step = static_cast<std::size_t>(paddedOutputs_) * kPanel;
    if (paired()) {
      if (transposedPairs_.size() == 0) return {};
      return {transposedPairs_.data() + p * step / 2, static_cast<std::size_t>(pairsOf(outputs_)) * kPanel};
    }
    if (transposed_.size() == 0) return {};
    return {transposed_.data() + p * step, static_cast<std::size_t>(outputs_) * kPanel};
  }

  /** What renewing panel p writes and others read: what the forward pass reads, where that is not the masters, and transposed. */
  DerivedPanel forwardDerived(int p) const {
    const std::size_t square = squareSize();
    return derivedFrom(paired() ? pairs_ : copies_, p * (paddedInputs_ / kPanel) * square, square);
  }
  DerivedPanel backwardDerived(int p) const {
    const std::size_t square = squareSize();
    return derivedFrom(paired() ? transposedPairs_ : transposed_, p * square, paddedOutputs_ / kPanel * square);
  }

  const float* bias(const float* master) const {
    return quantization_.bits > 0 && quantization_.quantizedBias ? bias_.data() : master;
  }

  /** Renews every panel. */
  void refreshAll(const float* master, const float* bias) {
    if (quantization_.bits > 0) findPeaks(master);
    const float whole = scaledAsAWhole() ? std::max(peakOfAll(), kLeastPeak) / levels() : 0;
    for (int p = 0; p < paddedOutputs_ / kPanel; p++) refreshPanel(master, bias, p, whole);
  }

  /** Renews one panel; `whole` is the scale of all outputs, where they have one. */
  void refreshPanel(const float* master, const float* bias, int p, float whole) {
    Scales scales{};
    if (quantization_.bits > 0) {
      scales = scalesOf(p, whole);
      for (int n = 0; n < kPanelVectors; n++) {
        const int at = p * kPanel + n * kLanes;
        store(bias_.data() + at, nearest(load(bias + at), scales, n));
      }
    }
    for (int i = 0; i < paddedInputs_; i += kPanel) {
      const std::size_t at = p * panelStep() + static_cast<std::size_t>(i) * kPanel;
      const float* square = master + at;
      if (copied()) {
        copySquare(square, copies_.data() + at, std::min(kPanel, inputs_ - i), scales);
        square = copies_.data() + at;
      }
      if (paired()) pairRows(square, pairs_.data() + at / 2);
      transposeInto(square, i, p);
    }
  }

 private:
  struct Scales {
    Vector scale[kPanelVectors];
    Vector inverse[kPanelVectors];
  };

  DerivedPanel derivedFrom(const Numbers<float>& numbers, std::size_t at, std::size_t step) const {
    if (numbers.size() == 0) return {};
    return {numbers.data() + at, step, static_cast<int>(squareSize())};
  }
  std::size_t squareSize() const { return kPanel * kPanel / (paired() ? 2 : 1); }
  bool copied() const { return quantization_.bits > 0 || rounded(); }
  float levels() const {
    return quantization_.bits == 1 ? 1.0f : static_cast<float>((1 << (quantization_.bits - 1)) - 1);
  }

  void findPeaks(const float* master) {
    for (int p = 0; p < paddedOutputs_ / kPanel; p++) {
      for (int n = 0; n < kPanelVectors; n++) {
        PeakBits peak = noPeak();
        const float* from = master + p * panelStep() + n * kLanes;
        for (int i = 0; i < inputs_; i++) peak = raise(peak, load(from + i * kPanel));
        peaks_[p].vector[n] = peak;
      }
    }
  }

  float peakOfAll() const {
    PeakBits peak = noPeak();
    for (std::size_t p = 0; p < peaks_.size(); p++) {
      for (int n = 0; n < kPanelVectors; n++) peak = higher(peak, peaks_[p].vector[n]);
    }
    return peakOf(peak);
  }

  Scales scalesOf(int p, float whole) const {
    Scales scales;
    for (int n = 0; n < kPanelVectors; n++) {
      float lanes[kLanes];
      std::memcpy(lanes, &peaks_[p].vector[n], sizeof lanes);
      const Vector own = div(max(load(lanes), splat(kLeastPeak)), splat(levels()));
      scales.scale[n] = scaledAsAWhole() ? splat(whole) : own;
      scales.inverse[n] = div(splat(1), scales.scale[n]);
    }
    return scales;
  }

  Vector nearest(Vector weight, const Scales& scales, int n) const {
    if (quantization_.bits == 1) return signed1(weight, scales.scale[n]);
    const float half = static_cast<float>(1 << (quantization_.bits - 1));
    const Vector whole = roundEven(min(max(mul(weight, scales.inverse[n]), splat(-half)), splat(half - 1)));
    return mul(whole, scales.scale[n]);
  }

  void copySquare(const float* from, float* to, int rows, const Scales& scales) const {
    for (int i = 0; i < rows; i++, from += kPanel, to += kPanel) {
      for (int n = 0; n < kPanelVectors; n++) {
        Vector weight = load(from + n * kLanes);
        if (quantization_.bits > 0) weight = nearest(weight, scales, n);
        if (rounded()) weight = roundToBfloat16(weight);
        store(to + n * kLanes, weight);
      }
    }
  }

  /** Two rows of a square become one of pairs. */
  static void pairRows(const float* square, float* to) {
    for (int i = 0; i < kPanel; i += 2, to += kPanel) {
      for (int n = 0; n < kPanelVectors; n++) {
        const float* from = square + i * kPanel + n * kLanes;
        store(to + n * kLanes, pairUp(load(from), load(from + kPanel)));
      }
    }
  }

  void transposeInto(const float* square, int i, int p) {
    const std::size_t at = static_cast<std::size_t>(i) * paddedOutputs_ + static_cast<std::size_t>(p) * kPanel * kPanel;
    if (transposedPairs_.size() > 0) {
      float turned[kPanel * kPanel];
      transpose(square, kPanel, turned, kPanel, kPanel, kPanel);
      pairRows(turned, transposedPairs_.data() + at / 2);
    }
    if (transposed_.size() == 0) return;
    float* to = transposed_.data() + at;
    // The next square lies a panel further, where no prefetcher expects it.
    const float* next = to + static_cast<std::size_t>(paddedOutputs_) * kPanel;
    for (int line = 0; line < kPanel * kPanel; line += 16) __builtin_prefetch(next + line, 1);
    transpose(square, kPanel, to, kPanel, kPanel, kPanel);
  }

  LayerQuantization quantization_;
  Products products_;
  int inputs_, outputs_, paddedInputs_, paddedOutputs_;
  Numbers<float> copies_, transposed_, pairs_, transposedPairs_, bias_;
  Numbers<PanelPeaks> peaks_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
