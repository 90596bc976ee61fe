// One linear layer of a plan: its weights in the panels that the tiles read, and what each pass does with them.
#pragma once

#include <algorithm>

#include "../gemm/epilogue.h"
#include "../simd/transpose.h"
#include "memory.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Samples whose sums a weight gradient takes in one go: their rows and a panel's gradients stay in the second-level cache. */
constexpr int kGradientSamples = 256;

/** Smallest peak that a scale is made of, as MIN_PEAK of the formats. */
constexpr float kLeastPeak = 1e-8f;

/** Distance between the samples of an activation: past whole panels, so that rows do not fall into the same cache set. */
constexpr int activationStep(int width) { return wholePanels(width) + 16; }

/** What a layer's weights and squares are updated by. */
struct UpdateRule {
  OptimizerKind kind;
  float rate;
  float epsilon;
};

/** The largest magnitudes of a panel's columns. */
struct PanelPeaks {
  PeakBits vector[kPanelVectors];
};

/** Holds the rows of samples that a layer works on. */
struct Rows {
  float* data;
  std::size_t step;
  float* row(std::size_t sample) const { return data + sample * step; }
  Rows from(std::size_t sample) const { return {row(sample), step}; }
};

/** Some samples of a weight gradient: packed inputs, gradients of the outputs, and what is read after them. */
struct GradientTerms {
  const float* x;
  Rows dy;
  int samples;
  ColumnsAhead next;
};

/**
 * Keeps the masters as panels [outputs/kPanel][inputs][kPanel], padded with zeros, which the forward pass reads; and a
 * transposed copy [inputs/kPanel][outputs][kPanel] for the gradient of the input. Quantized layers read copies of both.
 */
class Layer {
 public:
  Layer(const LayerArrays& arrays, const LayerQuantization& quantization, bool remembers, bool needsInputGradient)
      : arrays_(arrays),
        quantization_(quantization),
        inputs_(arrays.inputs),
        outputs_(arrays.outputs),
        paddedInputs_(wholePanels(arrays.inputs)),
        paddedOutputs_(wholePanels(arrays.outputs)),
        master_(size()),
        quantized_(quantization.bits > 0 ? size() : 0),
        transposed_(needsInputGradient ? size() : 0),
        squares_(remembers ? size() : 0),
        bias_(paddedOutputs_),
        quantizedBias_(paddedOutputs_),
        biasSquares_(remembers ? paddedOutputs_ : 0),
        peaks_(static_cast<std::size_t>(paddedOutputs_) / kPanel) {}

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  Activation activation() const { return arrays_.activation; }
  int panels() const { return paddedOutputs_ / kPanel; }
  /** One scale for the whole matrix can only be chosen when every panel is up to date. */
  bool scaledAsAWhole() const { return quantization_.bits > 0 && !quantization_.perChannel; }

  void importArrays() {
    spread(arrays_.weight, master_.data());
    std::copy(arrays_.bias, arrays_.bias + outputs_, bias_.data());
    if (squares_.size() > 0) {
      spread(arrays_.weightSquares, squares_.data());
      std::copy(arrays_.biasSquares, arrays_.biasSquares + outputs_, biasSquares_.data());
    }
    refreshAll();
  }

  void exportArrays() const {
    gather(master_.data(), arrays_.weight);
    std::copy(bias_.data(), bias_.data() + outputs_, arrays_.bias);
    if (squares_.size() > 0) {
      gather(squares_.data(), arrays_.weightSquares);
      std::copy(biasSquares_.data(), biasSquares_.data() + outputs_, arrays_.biasSquares);
    }
  }

  /** y = activation(x · Wᵀ + b); `next` is what the caller reads after this layer's weights. */
  void forward(const Rows& x, const Rows& y, int samples, PeakBits* peak, const Ahead& next) const {
    const bool relu = arrays_.activation == Activation::relu;
    for (int p = 0; p < panels(); p++) {
      const Ahead ahead = p + 1 < panels() ? forwardPanelAhead(p + 1) : next;
      if (relu) forwardPanel<true>(p, x, y, samples, peak, ahead);
      else forwardPanel<false>(p, x, y, samples, peak, ahead);
    }
    if (arrays_.activation == Activation::sigmoid) {
      for (int s = 0; s < samples; s++) {
        float* row = y.row(s);
        for (int o = 0; o < outputs_; o++) row[o] = 1.0f / (1.0f + std::exp(-row[o]));
      }
    }
  }

  /** dx = (dy · W) · activation'(y) of the layer below, whose outputs `below` are this layer's inputs. */
  void backwardInput(const Rows& dy, const Rows& dx, const Rows& below, Activation belowActivation, int samples,
                     PeakBits* peak, const Ahead& next) const {
    switch (belowActivation) {
      case Activation::none: return backwardPanels<Activation::none>(dy, dx, below, samples, peak, next);
      case Activation::relu: return backwardPanels<Activation::relu>(dy, dx, below, samples, peak, next);
      case Activation::sigmoid: return backwardPanels<Activation::sigmoid>(dy, dx, below, samples, peak, next);
    }
  }

  /** The first panel that the forward pass, or that of the input's gradient, reads. */
  Ahead forwardPanelAhead(int p) const { return {served() + p * panelStep(), static_cast<std::size_t>(inputs_) * kPanel}; }
  Ahead backwardPanelAhead(int p) const {
    return {transposed_.data() + static_cast<std::size_t>(p) * paddedOutputs_ * kPanel,
            static_cast<std::size_t>(outputs_) * kPanel};
  }

  /** Steps panels [first, last) of the weights and their biases, and renews what the next passes read of them. */
  void update(const Rows& x, const Rows& dy, int samples, int first, int last, const UpdateRule& rule, float* scratch) {
    float* packed = scratch;
    float* partial = scratch + packedSize();
    for (int at = 0; at < samples; at += kGradientSamples) {
      const int count = std::min(kGradientSamples, samples - at);
      const bool begins = at == 0, ends = at + count == samples;
      packColumns(x.row(at), x.step, count, inputs_, packed);
      // The rows of the next samples are shared out among the panels of these.
      const std::size_t rest = ends ? 0 : std::min(kGradientSamples, samples - at - count) * x.step / (last - first);
      for (int p = first; p < last; p++) {
        float* kept = partial + static_cast<std::size_t>(p - first) * inputs_ * kPanel;
        const Ahead block = {x.row(at + count) + (p - first) * rest, rest};
        const float* panel = p + 1 < last ? dy.row(at) + (p + 1) * kPanel : ends ? nullptr : dy.row(at + count) + first * kPanel;
        sumGradient({packed, dy.from(at), count, {panel, block}}, p, rule, kept, begins, ends);
      }
    }
    for (int p = first; p < last; p++) {
      updateBias(dy, samples, p, rule);
      if (!scaledAsAWhole()) refreshPanel(p, 0);
    }
  }

  /** Numbers of scratch that `update` needs for a group of panels. */
  std::size_t scratchSize(int panelCount) const {
    return packedSize() + static_cast<std::size_t>(panelCount) * inputs_ * kPanel;
  }

  /** Renews quantized and transposed copies of every panel. */
  void refreshAll() {
    if (quantization_.bits > 0) findPeaks();
    const float whole = scaledAsAWhole() ? scaleOf(peakOfAll()) : 0;
    for (int p = 0; p < panels(); p++) refreshPanel(p, whole);
  }

  /** The forward weights of the only output, for a layer that has one. */
  const float* served() const { return quantization_.bits > 0 ? quantized_.data() : master_.data(); }
  const float* servedBias() const {
    return quantization_.bits > 0 && quantization_.quantizedBias ? quantizedBias_.data() : bias_.data();
  }

 private:
  std::size_t size() const { return static_cast<std::size_t>(paddedInputs_) * paddedOutputs_; }
  std::size_t panelStep() const { return static_cast<std::size_t>(paddedInputs_) * kPanel; }
  std::size_t packedSize() const {
    return static_cast<std::size_t>(inputs_ + kTileRows) * kGradientSamples / 16 * 16;
  }
  int columns(int panel) const { return std::min(kPanel, outputs_ - panel * kPanel); }

  template <bool relu>
  void forwardPanel(int p, const Rows& x, const Rows& y, int samples, PeakBits* peak, const Ahead& ahead) const {
    AddBias<relu> epilogue;
    epilogue.peak = peak;
    epilogue.y = y.data + p * kPanel;
    epilogue.step = y.step;
    epilogue.bias = servedBias() + p * kPanel;
    sumPanel<Walk::alongRow>(x.data, x.step, served() + p * panelStep(), kPanel, inputs_, samples, columns(p), epilogue,
                             ahead);
  }

  template <Activation below>
  void backwardPanels(const Rows& dy, const Rows& dx, const Rows& y, int samples, PeakBits* peak,
                      const Ahead& next) const {
    const int inputPanels = paddedInputs_ / kPanel;
    for (int p = 0; p < inputPanels; p++) {
      MaskGradient<below> epilogue;
      epilogue.peak = peak;
      epilogue.dx = dx.data + p * kPanel;
      epilogue.step = dx.step;
      epilogue.y = y.data + p * kPanel;
      epilogue.yStep = y.step;
      const Ahead weights = backwardPanelAhead(p), ahead = p + 1 < inputPanels ? backwardPanelAhead(p + 1) : next;
      const int width = std::min(kPanel, inputs_ - p * kPanel);
      sumPanel<Walk::alongRow>(dy.data, dy.step, weights.data, kPanel, outputs_, samples, width, epilogue, ahead);
    }
  }

  void sumGradient(const GradientTerms& terms, int p, const UpdateRule& rule, float* kept, bool begins, bool ends) {
    if (begins && ends) return applyGradient<true>(terms, p, rule, kept);
    if (ends) return applyGradient<false>(terms, p, rule, kept);
    if (begins) return sumInto(KeepPartial<true>{{kept}}, terms, p);
    sumInto(KeepPartial<false>{{kept}}, terms, p);
  }

  template <bool first>
  void applyGradient(const GradientTerms& terms, int p, const UpdateRule& rule, float* kept) {
    if (tracksPeaks()) stepWeights<first, true>(terms, p, rule, kept);
    else stepWeights<first, false>(terms, p, rule, kept);
  }

  template <bool first, bool tracked>
  void stepWeights(const GradientTerms& terms, int p, const UpdateRule& rule, float* kept) {
    PeakBits* peaks = peaks_[p].vector;
    std::fill(peaks, peaks + kPanelVectors, noPeak());
    const StepPanel<first, tracked> step = {{kept}, master_.data() + p * panelStep(), peaks, &rule.rate};
    if (rule.kind == OptimizerKind::sgd) return sumInto(StepSgd<first, tracked>{step}, terms, p);
    float* squares = squares_.data() + p * panelStep();
    sumInto(StepAdagrad<first, tracked>{step, squares, &rule.epsilon}, terms, p);
  }

  template <class Epilogue>
  void sumInto(const Epilogue& epilogue, const GradientTerms& terms, int p) {
    const float* gradient = terms.dy.data + p * kPanel;
    const std::size_t step = terms.dy.step;
    if (columns(p) <= kLanes) sumPackedColumns<1>(terms.x, gradient, step, terms.samples, inputs_, terms.next, epilogue);
    else sumPackedColumns<kPanelVectors>(terms.x, gradient, step, terms.samples, inputs_, terms.next, epilogue);
  }

  void updateBias(const Rows& dy, int samples, int p, const UpdateRule& rule) {
    for (int n = 0; n < kPanelVectors; n++) {
      const int at = p * kPanel + n * kLanes;
      Vector sum = zero();
      for (int s = 0; s < samples; s++) sum = add(sum, load(dy.row(s) + at));
      float* bias = bias_.data() + at;
      if (rule.kind == OptimizerKind::sgd) store(bias, fnma(splat(rule.rate), sum, load(bias)));
      else store(bias, adagradStep(load(bias), biasSquares_.data() + at, sum, splat(rule.rate), splat(rule.epsilon)));
    }
  }

  static float levels(int bits) { return bits == 1 ? 1.0f : static_cast<float>((1 << (bits - 1)) - 1); }
  float scaleOf(float peak) const { return std::max(peak, kLeastPeak) / levels(quantization_.bits); }

  /** Peaks come with the update where each output has its own scale. */
  bool tracksPeaks() const { return quantization_.bits > 0 && quantization_.perChannel; }

  void findPeaks() {
    for (int p = 0; p < panels(); p++) {
      for (int n = 0; n < kPanelVectors; n++) {
        PeakBits peak = noPeak();
        const float* from = master_.data() + p * panelStep() + n * kLanes;
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

  /** `whole` is the scale of all outputs, where they have one; otherwise each output has its own. */
  void refreshPanel(int p, float whole) {
    const bool quantized = quantization_.bits > 0;
    Vector scale[kPanelVectors], inverse[kPanelVectors];
    for (int n = 0; n < kPanelVectors && quantized; n++) {
      scale[n] = scaledAsAWhole() ? splat(whole) : scalesOf(peaks_[p].vector[n]);
      inverse[n] = div(splat(1), scale[n]);
      const int at = p * kPanel + n * kLanes;
      store(quantizedBias_.data() + at, nearest(load(bias_.data() + at), scale[n], inverse[n]));
    }
    const float* master = master_.data() + p * panelStep();
    float* served = quantized ? quantized_.data() + p * panelStep() : master_.data() + p * panelStep();
    for (int i = 0; i < paddedInputs_; i += kPanel) {
      const std::size_t at = static_cast<std::size_t>(i) * kPanel;
      if (quantized) quantizeSquare(master + at, served + at, std::min(kPanel, inputs_ - i), scale, inverse);
      if (transposed_.size() > 0) transposeInto(served + at, i, p);
    }
  }

  Vector scalesOf(PeakBits peak) const {
    float lanes[kLanes];
    std::memcpy(lanes, &peak, sizeof lanes);
    return div(max(load(lanes), splat(kLeastPeak)), splat(levels(quantization_.bits)));
  }

  void quantizeSquare(const float* from, float* to, int rows, const Vector* scale, const Vector* inverse) const {
    for (int i = 0; i < rows; i++, from += kPanel, to += kPanel) {
      for (int n = 0; n < kPanelVectors; n++) {
        store(to + n * kLanes, nearest(load(from + n * kLanes), scale[n], inverse[n]));
      }
    }
  }

  void transposeInto(const float* square, int i, int p) {
    float* to = transposed_.data() + (static_cast<std::size_t>(i) * paddedOutputs_ + p * kPanel * kPanel);
    // The next square lies a panel further, where no prefetcher expects it.
    const float* next = to + static_cast<std::size_t>(paddedOutputs_) * kPanel;
    for (int line = 0; line < kPanel * kPanel; line += 16) __builtin_prefetch(next + line, 1);
    transpose(square, kPanel, to, kPanel, kPanel, kPanel);
  }

  Vector nearest(Vector weight, Vector scale, Vector inverse) const {
    if (quantization_.bits == 1) return signed1(weight, scale);
    const float half = static_cast<float>(1 << (quantization_.bits - 1));
    const Vector whole = roundEven(min(max(mul(weight, inverse), splat(-half)), splat(half - 1)));
    return mul(whole, scale);
  }

  void spread(const float* rowMajor, float* panelled) const {
    for (int p = 0; p < panels(); p++) {
      transpose(rowMajor + static_cast<std::size_t>(p) * kPanel * inputs_, inputs_, panelled + p * panelStep(), kPanel,
                columns(p), inputs_);
    }
  }

  void gather(const float* panelled, float* rowMajor) const {
    for (int p = 0; p < panels(); p++) {
      transpose(panelled + p * panelStep(), kPanel, rowMajor + static_cast<std::size_t>(p) * kPanel * inputs_, inputs_,
                inputs_, columns(p));
    }
  }

  LayerArrays arrays_;
  LayerQuantization quantization_;
  int inputs_, outputs_, paddedInputs_, paddedOutputs_;
  Numbers<float> master_, quantized_, transposed_, squares_, bias_, quantizedBias_, biasSquares_;
  Numbers<PanelPeaks> peaks_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
