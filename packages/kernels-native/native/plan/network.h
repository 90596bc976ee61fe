// The layers of a model over the samples of a chunk: forward to logits, and back to the vectors of the interaction.
#pragma once

#include <vector>

#include "interaction.h"
#include "layer.h"
#include "loss.h"
#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** Samples that pass through all layers together: their activations stay in the second-level cache. */
constexpr int kChunk = 64;

/**
 * Holds the activations of some samples, and their gradients where they are trained.
 *
 * All lie in one piece of memory: a weight gradient walks down columns, and on small pages of many arrays that would
 * miss the address cache at every step.
 */
class Activations {
 public:
  Activations() = default;
  Activations(const TrainingModel& model, int vectors, int cols, int crossed, std::size_t samples, bool trained)
      : vectorStep_(static_cast<std::size_t>(vectors) * cols) {
    // Whole squares read kLanes vectors further than the last sample's.
    vectorSlack_ = static_cast<std::size_t>(kLanes) * cols;
    place(model, crossed, samples, trained);
    memory_ = Numbers<float>(used_);
    used_ = 0;
    place(model, crossed, samples, trained);
  }

  Rows dense{}, vectors{}, dvectors{}, interaction{}, dinteraction{};
  std::vector<Rows> bottom, top, dbottom, dtop;

 private:
  /** Counts the numbers that all rows need while there is no memory, and places them once there is. */
  void place(const TrainingModel& model, int crossed, std::size_t samples, bool trained) {
    bottom.clear();
    top.clear();
    dense = rows(activationStep(model.denseFeatures), samples, 0);
    vectors = rows(vectorStep_, samples, vectorSlack_);
    interaction = rows(activationStep(crossed), samples, 0);
    for (const LayerArrays& layer : model.bottom) bottom.push_back(rows(activationStep(layer.outputs), samples, 0));
    for (const LayerArrays& layer : model.top) top.push_back(rows(activationStep(layer.outputs), samples, 0));
    if (!trained) return;
    dbottom.clear();
    dtop.clear();
    dvectors = rows(vectorStep_, samples, vectorSlack_);
    dinteraction = rows(activationStep(crossed), samples, 0);
    for (const LayerArrays& layer : model.bottom) dbottom.push_back(rows(activationStep(layer.outputs), samples, 0));
    for (const LayerArrays& layer : model.top) dtop.push_back(rows(activationStep(layer.outputs), samples, 0));
  }

  Rows rows(std::size_t step, std::size_t samples, std::size_t slack) {
    const std::size_t at = used_;
    // A line of 16 floats more, so that rows of neighbours do not fall into the same sets of the cache.
    used_ += (step * samples + slack + 15) / 16 * 16 + 16;
    return {memory_.size() == 0 ? nullptr : memory_.data() + at, step};
  }

  std::size_t vectorStep_ = 0, vectorSlack_ = 0, used_ = 0;
  Numbers<float> memory_;
};

/** Keeps the layers of both stacks. The last top layer has one output: its weights are one row. */
class Network {
 public:
  explicit Network(const TrainingModel& model) : model_(model) {
    LayerUse use;
    use.remembers = model.optimizer != OptimizerKind::sgd;
    use.products = model.products;
    for (std::size_t k = 0; k < model.bottom.size(); k++) {
      use.givesInputGradient = k > 0;
      use.roundsOutput = rounds() && k + 1 < model.bottom.size();
      bottom.emplace_back(model.bottom[k], model.layers, use);
    }
    use.givesInputGradient = true;
    for (std::size_t k = 0; k < model.top.size(); k++) {
      use.roundsOutput = rounds() && k + 1 < model.top.size();
      top.emplace_back(model.top[k], model.layers, use);
    }
  }

  /** Tells whether what products read is rounded to bfloat16. */
  bool rounds() const { return model_.products != Products::float32; }

  /** Numbers of scratch that a thread needs to run a chunk. */
  std::size_t scratchSize() const {
    std::size_t size = 0;
    for (const std::vector<Layer>* stack : {&bottom, &top}) {
      for (const Layer& layer : *stack) size = std::max(size, layer.pairScratch(kChunk));
    }
    return model_.products == Products::bfloat16Pairs ? size : 0;
  }

  void importArrays() {
    for (Layer& layer : bottom) layer.importArrays();
    for (Layer& layer : top) layer.importArrays();
  }

  void exportArrays() const {
    for (const Layer& layer : bottom) layer.exportArrays();
    for (const Layer& layer : top) layer.exportArrays();
  }

  /** Layers whose weights share one scale: their copies are renewed after all panels were updated. */
  std::vector<Layer*> scaledAsAWhole() {
    std::vector<Layer*> layers;
    for (std::vector<Layer>* stack : {&bottom, &top}) {
      for (Layer& layer : *stack) {
        if (layer.scaledAsAWhole()) layers.push_back(&layer);
      }
    }
    return layers;
  }

  /** From dense features to the vector that meets those of the tables; `first` is the sample's row in `a`. */
  void runBottom(const Activations& a, std::size_t first, int samples, PeakBits* peak, float* scratch) const {
    Rows x = a.dense;
    for (std::size_t k = 0; k < bottom.size(); k++) {
      const Layer& next = k + 1 < bottom.size() ? bottom[k + 1] : top[0];
      bottom[k].forward(x.from(first), a.bottom[k].from(first), samples, peak, next.forwardPanelAhead(0), scratch);
      x = a.bottom[k];
    }
    const int cols = bottom.back().outputs();
    for (std::size_t s = first; s < first + samples; s++) {
      std::copy(x.row(s), x.row(s) + cols, a.vectors.row(s));
    }
  }

  void runTop(const Activations& a, std::size_t first, int samples, PeakBits* peak, float* scratch) const {
    Rows x = a.interaction;
    for (std::size_t k = 0; k < top.size(); k++) {
      const Ahead next = k + 1 < top.size() ? top[k + 1].forwardPanelAhead(0) : top[k].backwardPanelAhead(0);
      top[k].forward(x.from(first), a.top[k].from(first), samples, peak, next, scratch);
      x = a.top[k];
    }
  }

  /** From the gradient of the logits, the first number of each row of dtop.back(), to that of the interaction. */
  void runTopBackward(const Activations& a, std::size_t first, int samples, PeakBits* peak, float* scratch) const {
    for (std::size_t k = top.size(); k-- > 0;) {
      const Rows below = k == 0 ? a.interaction : a.top[k - 1];
      const Rows dx = k == 0 ? a.dinteraction : a.dtop[k - 1];
      const Activation activation = k == 0 ? Activation::none : top[k - 1].activation();
      const Ahead next = k > 0 ? top[k - 1].backwardPanelAhead(0) : bottom.back().backwardPanelAhead(0);
      top[k].backwardInput(a.dtop[k].from(first), dx.from(first), below.from(first), activation, rounds() && k > 0, samples,
                           peak, next, scratch);
    }
  }

  void runBottomBackward(const Activations& a, std::size_t first, int samples, PeakBits* peak, float* scratch) const {
    startBottomBackward(a, first, samples);
    for (std::size_t k = bottom.size(); k-- > 1;) {
      const Ahead next = bottom[k - 1].backwardPanelAhead(0);
      bottom[k].backwardInput(a.dbottom[k].from(first), a.dbottom[k - 1].from(first), a.bottom[k - 1].from(first),
                              bottom[k - 1].activation(), rounds(), samples, peak, next, scratch);
    }
  }

  std::vector<Layer> bottom, top;

 private:
  void startBottomBackward(const Activations& a, std::size_t first, int samples) const {
    const Layer& last = bottom.back();
    const Rows y = a.bottom.back(), dy = a.dbottom.back(), de = a.dvectors;
    for (std::size_t s = first; s < first + samples; s++) {
      for (int c = 0; c < last.outputs(); c++) {
        float slope = 1;
        if (last.activation() == Activation::relu) slope = y.row(s)[c] <= 0 ? 0.0f : 1.0f;
        if (last.activation() == Activation::sigmoid) slope = y.row(s)[c] * (1 - y.row(s)[c]);
        dy.row(s)[c] = de.row(s)[c] * slope;
      }
      if (rounds()) roundRowToBfloat16(dy.row(s), last.outputs());
    }
  }

  const TrainingModel& model_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
