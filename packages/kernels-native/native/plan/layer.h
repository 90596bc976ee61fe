// One linear layer of a plan: its weights in the panels that the tiles read, and what each pass does with them.
#pragma once

#include <algorithm>

#include "../gemm/epilogue.h"
#include "../gemm/one-row.h"
#include "served-weights.h"

namespace dqrm {
namespace DQRM_ISA {

/** Samples whose sums a weight gradient takes in one go: their rows and a panel's gradients stay in the second-level cache. */
constexpr int kGradientSamples = 256;

/** Distance between the samples of an activation: past whole panels, so that rows do not fall into the same cache set. */
constexpr int activationStep(int width) { return wholePanels(width) + 16; }

/** What a layer's weights and squares are updated by. */
struct UpdateRule {
  OptimizerKind kind;
  float rate;
  float epsilon;
};

/** Holds the rows of samples that a layer works on. */
struct Rows {
  float* data;
  std::size_t step;
  float* row(std::size_t sample) const { return data + sample * step; }
  Rows from(std::size_t sample) const { return {row(sample), step}; }
};

/** The inputs of some samples, and the gradients of a panel. */
struct PanelRows {
  Rows x{};
  Rows dy{};
};

/** Some samples of a weight gradient, how many come behind them, and `nextSamples` samples that are read after them. */
struct GradientTerms {
  Rows x;
  Rows dy;
  int samples;
  int behind;
  PanelRows next;
  int nextSamples;
};

/** The terms of one panel's sums: packed inputs, gradients, and what is read after them. */
struct PanelTerms {
  const float* x;
  const float* dy;
  std::size_t dyStep;
  int count;
  ColumnsAhead next;
};

/** What a layer of a trained model has that one of a served model lacks. */
struct LayerUse {
  /** Squares of gradients for adagrad. */
  bool remembers = false;
  /** Transposed weights for the gradient of the input. */
  bool givesInputGradient = false;
  Products products = Products::float32;
  /** Outputs that a product reads next are rounded as the products are. */
  bool roundsOutput = false;
};

/** Keeps the masters of one linear layer in panels, and runs its three products. */
class Layer {
 public:
  Layer(const LayerArrays& arrays, const LayerQuantization& quantization, const LayerUse& use)
      : arrays_(arrays),
        use_(use),
        inputs_(arrays.inputs),
        outputs_(arrays.outputs),
        weights_(inputs_, outputs_, quantization, use.products, use.givesInputGradient),
        master_(weights_.size()),
        squares_(use.remembers ? weights_.size() : 0),
        bias_(wholePanels(outputs_)),
        biasSquares_(use.remembers ? wholePanels(outputs_) : 0) {}

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  Activation activation() const { return arrays_.activation; }
  int panels() const { return wholePanels(outputs_) / kPanel; }
  bool scaledAsAWhole() const { return weights_.scaledAsAWhole(); }

  void importArrays() {
    spread(arrays_.weight, master_.data());
    std::copy(arrays_.bias, arrays_.bias + outputs_, bias_.data());
    if (use_.remembers) {
      spread(arrays_.weightSquares, squares_.data());
      std::copy(arrays_.biasSquares, arrays_.biasSquares + outputs_, biasSquares_.data());
    }
    refreshAll();
  }

  void exportArrays() const {
    gather(master_.data(), arrays_.weight);
    std::copy(bias_.data(), bias_.data() + outputs_, arrays_.bias);
    if (use_.remembers) {
      gather(squares_.data(), arrays_.weightSquares);
      std::copy(biasSquares_.data(), biasSquares_.data() + outputs_, arrays_.biasSquares);
    }
  }

  /** Numbers of scratch that the passes over `samples` samples need where products are pairs. */
  std::size_t pairScratch(int samples) const {
    return static_cast<std::size_t>(samples) * activationStep(pairsOf(std::max(inputs_, outputs_)));
  }

  /** y = activation(x · Wᵀ + b); `next` is what the caller reads after this layer's weights. */
  void forward(const Rows& x, const Rows& y, int samples, PeakBits* peak, const Ahead& next, float* scratch = nullptr) const {
    if (weights_.paired()) return forwardPairs(x, y, samples, peak, next, scratch);
    if (samples == 1 && !use_.roundsOutput) return forwardOne(x, y, peak);
    forwardPanels<FloatProducts>(x, inputs_, y, samples, peak, next);
  }

  /** dx = (dy · W) · activation'(y) of the layer below, whose outputs `below` are this layer's inputs. */
  void backwardInput(const Rows& dy, const Rows& dx, const Rows& below, Activation belowActivation, bool rounds, int samples,
                     PeakBits* peak, const Ahead& next, float* scratch = nullptr) const {
    const InputGradient to = {dx, below, samples, peak, next};
    if (weights_.paired()) {
      const Rows pairs = {scratch, static_cast<std::size_t>(activationStep(pairsOf(outputs_)))};
      pairTerms(dy.data, dy.step, outputs_, samples, pairs.data, pairs.step);
      return backwardPanels<PairProducts>(pairs, pairsOf(outputs_), to, belowActivation, rounds);
    }
    backwardPanels<FloatProducts>(dy, outputs_, to, belowActivation, rounds);
  }

  /** The panels that the forward pass, or that of the input's gradient, reads. */
  Ahead forwardPanelAhead(int p) const { return weights_.forwardPanel(master_.data(), p); }
  Ahead backwardPanelAhead(int p) const { return weights_.backwardPanel(p); }

  /**
   * Steps panels [first, last) of the weights and their biases, and renews what the next passes read of them; `next` is what
   * the caller's next update reads first.
   */
  void update(const Rows& x, const Rows& dy, int samples, int first, int last, const UpdateRule& rule, float* scratch,
              const PanelRows& next) {
    const UpdateScratch room = {scratch, scratch + packedSize(), scratch + packedSize() + packedGradientSize(last - first)};
    for (int at = 0; at < samples; at += kGradientSamples) {
      const int count = std::min(kGradientSamples, samples - at);
      const int behind = samples - at - count;
      const PanelRows rest = {x.from(at + count), {dy.row(at + count) + first * kPanel, dy.step}};
      const GradientTerms terms = {x.from(at), dy.from(at), count, behind, behind > 0 ? rest : next,
                                   std::min(kGradientSamples, behind > 0 ? behind : samples)};
      if (weights_.paired()) sumPairs(terms, first, last, rule, room, at == 0);
      else sumFloats(terms, first, last, rule, room, at == 0);
    }
    for (int p = first; p < last; p++) {
      updateBias(dy, samples, p, rule);
      if (!scaledAsAWhole()) weights_.refreshPanel(master_.data(), bias_.data(), p, 0);
    }
  }

  /** Numbers of scratch that `update` needs for a group of panels. */
  std::size_t scratchSize(int panelCount) const {
    return packedSize() + packedGradientSize(panelCount) + static_cast<std::size_t>(panelCount) * inputs_ * kPanel;
  }

  /** Renews the copies of every panel. */
  void refreshAll() { weights_.refreshAll(master_.data(), bias_.data()); }

 private:
  struct InputGradient {
    const Rows& dx;
    const Rows& below;
    int samples;
    PeakBits* peak;
    const Ahead& next;
  };

  /** Packed inputs, packed gradients, and sums that wait for more samples. */
  struct UpdateScratch {
    float* inputs;
    float* gradients;
    float* partial;
  };

  std::size_t packedSize() const { return static_cast<std::size_t>(inputs_ + kTileRows) * kGradientSamples / 16 * 16; }
  std::size_t packedGradientSize(int panelCount) const {
    return weights_.paired() ? static_cast<std::size_t>(panelCount) * kPanel * kGradientSamples / 2 : 0;
  }
  int columns(int panel) const { return std::min(kPanel, outputs_ - panel * kPanel); }

  void forwardPairs(const Rows& x, const Rows& y, int samples, PeakBits* peak, const Ahead& next, float* scratch) const {
    const Rows pairs = {scratch, static_cast<std::size_t>(activationStep(pairsOf(inputs_)))};
    pairTerms(x.data, x.step, inputs_, samples, pairs.data, pairs.step);
    forwardPanels<PairProducts>(pairs, pairsOf(inputs_), y, samples, peak, next);
  }

  /** As forwardPanels for one sample, several panels at a time, to the same bits. */
  void forwardOne(const Rows& x, const Rows& y, PeakBits* peak) const {
    const bool relu = arrays_.activation == Activation::relu;
    const float* bias = weights_.bias(bias_.data());
    PeakBits seen = *peak;
    int p = 0;
    for (; p + kRowPanels <= panels(); p += kRowPanels) {
      Vector sums[kRowPanels * kPanelVectors];
      const float* first = forwardPanelAhead(p).data;
      sumRowOfPanels(x.data, first, static_cast<std::size_t>(forwardPanelAhead(p + 1).data - first), inputs_, sums);
      for (int n = 0; n < kRowPanels * kPanelVectors; n++) {
        const int at = p * kPanel + n * kLanes;
        Vector v = add(sums[n], load(bias + at));
        if (relu) v = wherePositive(v, v);
        store(y.data + at, v);
        seen = raise(seen, v);
      }
    }
    *peak = seen;
    for (; p < panels(); p++) {
      if (relu) forwardPanel<FloatProducts, true, false>(p, x, inputs_, y, 1, peak, {});
      else forwardPanel<FloatProducts, false, false>(p, x, inputs_, y, 1, peak, {});
    }
    if (!relu) finishRow(y.data);
  }

  template <class Multiply>
  void forwardPanels(const Rows& x, int terms, const Rows& y, int samples, PeakBits* peak, const Ahead& next) const {
    const bool relu = arrays_.activation == Activation::relu;
    for (int p = 0; p < panels(); p++) {
      const Ahead ahead = p + 1 < panels() ? forwardPanelAhead(p + 1) : next;
      if (relu && use_.roundsOutput) forwardPanel<Multiply, true, true>(p, x, terms, y, samples, peak, ahead);
      else if (relu) forwardPanel<Multiply, true, false>(p, x, terms, y, samples, peak, ahead);
      else forwardPanel<Multiply, false, false>(p, x, terms, y, samples, peak, ahead);
    }
    if (relu) return;
    for (int s = 0; s < samples; s++) finishRow(y.row(s));
  }

  /** What no epilogue of a tile does: sigmoids, which are rare, and rounding without relu. */
  void finishRow(float* row) const {
    if (arrays_.activation == Activation::sigmoid) {
      for (int o = 0; o < outputs_; o++) row[o] = 1.0f / (1.0f + std::exp(-row[o]));
    }
    if (use_.roundsOutput) roundRowToBfloat16(row, outputs_);
  }

  template <class Multiply, bool relu, bool rounds>
  void forwardPanel(int p, const Rows& x, int terms, const Rows& y, int samples, PeakBits* peak, const Ahead& ahead) const {
    AddBias<relu, rounds> epilogue;
    epilogue.peak = peak;
    epilogue.y = y.data + p * kPanel;
    epilogue.step = y.step;
    epilogue.bias = weights_.bias(bias_.data()) + p * kPanel;
    sumPanel<Walk::alongRow, Multiply>(x.data, x.step, forwardPanelAhead(p).data, kPanel, terms, samples, columns(p), epilogue,
                                       ahead);
  }

  template <class Multiply>
  void backwardPanels(const Rows& dy, int terms, const InputGradient& to, Activation below, bool rounds) const {
    switch (below) {
      case Activation::none:
        return rounds ? backwardPanels<Multiply, Activation::none, true>(dy, terms, to)
                      : backwardPanels<Multiply, Activation::none, false>(dy, terms, to);
      case Activation::relu:
        return rounds ? backwardPanels<Multiply, Activation::relu, true>(dy, terms, to)
                      : backwardPanels<Multiply, Activation::relu, false>(dy, terms, to);
      case Activation::sigmoid:
        return rounds ? backwardPanels<Multiply, Activation::sigmoid, true>(dy, terms, to)
                      : backwardPanels<Multiply, Activation::sigmoid, false>(dy, terms, to);
    }
  }

  template <class Multiply, Activation below, bool rounds>
  void backwardPanels(const Rows& dy, int terms, const InputGradient& to) const {
    const int inputPanels = weights_.inputPanels();
    for (int p = 0; p < inputPanels; p++) {
      MaskGradient<below, rounds> epilogue;
      epilogue.peak = to.peak;
      epilogue.dx = to.dx.data + p * kPanel;
      epilogue.step = to.dx.step;
      epilogue.y = to.below.data + p * kPanel;
      epilogue.yStep = to.below.step;
      const Ahead ahead = p + 1 < inputPanels ? backwardPanelAhead(p + 1) : to.next;
      const int width = std::min(kPanel, inputs_ - p * kPanel);
      sumPanel<Walk::alongRow, Multiply>(dy.data, dy.step, backwardPanelAhead(p).data, kPanel, terms, to.samples, width,
                                         epilogue, ahead);
    }
  }

  void sumFloats(const GradientTerms& terms, int first, int last, const UpdateRule& rule, const UpdateScratch& room,
                 bool begins) {
    const int samples = terms.samples, width = last - first;
    packColumns(terms.x.data, terms.x.step, samples, inputs_, room.inputs);
    for (int p = first; p < last; p++) {
      const Rows dy = p + 1 < last ? Rows{terms.dy.data + (p + 1) * kPanel, terms.dy.step} : terms.next.dy;
      const ColumnsAhead next = {dy.data, dy.step, shareOf(terms, p - first, width)};
      const PanelTerms panel = {room.inputs, terms.dy.data + p * kPanel, terms.dy.step, samples, next};
      float* kept = room.partial + static_cast<std::size_t>(p - first) * inputs_ * kPanel;
      sumGradient<FloatProducts>(panel, p, rule, kept, begins, terms.behind == 0);
    }
  }

  void sumPairs(const GradientTerms& terms, int first, int last, const UpdateRule& rule, const UpdateScratch& room,
                bool begins) {
    const int pairs = pairsOf(terms.samples), width = last - first;
    packColumnPairs(terms.x.data, terms.x.step, terms.samples, inputs_, room.inputs);
    packPanelPairs(terms.dy.data + first * kPanel, terms.dy.step, terms.samples, width, room.gradients);
    for (int p = first; p < last; p++) {
      const float* gradient = room.gradients + static_cast<std::size_t>(p - first) * pairs * kPanel;
      float* kept = room.partial + static_cast<std::size_t>(p - first) * inputs_ * kPanel;
      // Packed as the gradients are, all panels of the next samples are read at once.
      const float* dy = terms.next.dy.data == nullptr ? nullptr : terms.next.dy.data + (p - first) * kPanel;
      const ColumnsAhead next = {dy, 2 * terms.next.dy.step, shareOf(terms, p - first, width)};
      sumGradient<PairProducts>({room.inputs, gradient, kPanel, pairs, next}, p, rule, kept, begins, terms.behind == 0);
    }
  }

  /** Shares the inputs that are read next out among panels. */
  static Ahead shareOf(const GradientTerms& terms, int part, int parts) {
    if (terms.next.x.data == nullptr) return {};
    const std::size_t share = terms.nextSamples * terms.next.x.step / parts;
    return {terms.next.x.data + part * share, share};
  }

  template <class Multiply>
  void sumGradient(const PanelTerms& terms, int p, const UpdateRule& rule, float* kept, bool begins, bool ends) {
    if (begins && ends) return applyGradient<Multiply, true>(terms, p, rule, kept);
    if (ends) return applyGradient<Multiply, false>(terms, p, rule, kept);
    if (begins) return sumInto<Multiply>(KeepPartial<true>{{kept}}, terms, p);
    sumInto<Multiply>(KeepPartial<false>{{kept}}, terms, p);
  }

  template <class Multiply, bool first>
  void applyGradient(const PanelTerms& terms, int p, const UpdateRule& rule, float* kept) {
    if (weights_.tracksPeaks()) stepWeights<Multiply, first, true>(terms, p, rule, kept);
    else stepWeights<Multiply, first, false>(terms, p, rule, kept);
  }

  template <class Multiply, bool first, bool tracked>
  void stepWeights(const PanelTerms& terms, int p, const UpdateRule& rule, float* kept) {
    PeakBits* peaks = weights_.peaks(p).vector;
    std::fill(peaks, peaks + kPanelVectors, noPeak());
    const std::size_t at = p * weights_.panelStep();
    const StepPanel<first, tracked> step = {
        {kept}, master_.data() + at, peaks, &rule.rate, weights_.forwardDerived(p), weights_.backwardDerived(p)};
    if (rule.kind == OptimizerKind::sgd) return sumInto<Multiply>(StepSgd<first, tracked>{step}, terms, p);
    sumInto<Multiply>(StepAdagrad<first, tracked>{step, squares_.data() + at, &rule.epsilon}, terms, p);
  }

  template <class Multiply, class Epilogue>
  void sumInto(const Epilogue& epilogue, const PanelTerms& terms, int p) {
    if (columns(p) <= kLanes) {
      sumPackedColumns<1, Multiply>(terms.x, terms.dy, terms.dyStep, terms.count, inputs_, terms.next, epilogue);
    } else {
      sumPackedColumns<kPanelVectors, Multiply>(terms.x, terms.dy, terms.dyStep, terms.count, inputs_, terms.next, epilogue);
    }
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

  void spread(const float* rowMajor, float* panelled) const {
    for (int p = 0; p < panels(); p++) {
      transpose(rowMajor + static_cast<std::size_t>(p) * kPanel * inputs_, inputs_, panelled + p * weights_.panelStep(),
                kPanel, columns(p), inputs_);
    }
  }

  void gather(const float* panelled, float* rowMajor) const {
    for (int p = 0; p < panels(); p++) {
      transpose(panelled + p * weights_.panelStep(), kPanel, rowMajor + static_cast<std::size_t>(p) * kPanel * inputs_,
                inputs_, inputs_, columns(p));
    }
  }

  LayerArrays arrays_;
  LayerUse use_;
  int inputs_, outputs_;
  ServedWeights weights_;
  Numbers<float> master_, squares_, bias_, biasSquares_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
