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

/** Holds the activations of some samples, and their gradients where they are trained. */
class Activations {
 public:
  Activations() = default;
  Activations(const TrainingModel& model, int vectors, int cols, int crossed, std::size_t samples, bool trained)
      : vectorStep(static_cast<std::size_t>(vectors) * cols) {
    // Whole squares read kLanes vectors further than the last sample's.
    const std::size_t slack = static_cast<std::size_t>(kLanes) * cols + kPanel;
    dense = allocate(model.denseFeatures, samples);
    for (const LayerArrays& layer : model.bottom) bottom.push_back(allocate(layer.outputs, samples));
    for (const LayerArrays& layer : model.top) top.push_back(allocate(layer.outputs, samples));
    interaction = allocate(crossed, samples);
    storage_.emplace_back(vectorStep * samples + slack);
    vectors_ = storage_.back().data();
    if (!trained) return;
    for (const LayerArrays& layer : model.bottom) dbottom.push_back(allocate(layer.outputs, samples));
    for (const LayerArrays& layer : model.top) dtop.push_back(allocate(layer.outputs, samples));
    dinteraction = allocate(crossed, samples);
    storage_.emplace_back(vectorStep * samples + slack);
    dvectors_ = storage_.back().data();
  }

  Rows vectors() const { return {vectors_, vectorStep}; }
  Rows dvectors() const { return {dvectors_, vectorStep}; }

  Rows dense{};
  Rows interaction{}, dinteraction{};
  std::vector<Rows> bottom, top, dbottom, dtop;
  std::size_t vectorStep = 0;

 private:
  Rows allocate(int width, std::size_t samples) {
    const std::size_t step = activationStep(width);
    storage_.emplace_back(step * samples + kPanel);
    return {storage_.back().data(), step};
  }

  std::vector<Numbers<float>> storage_;
  float* vectors_ = nullptr;
  float* dvectors_ = nullptr;
};

/** Keeps the layers of both stacks. The last top layer has one output: its weights are one row. */
class Network {
 public:
  explicit Network(const TrainingModel& model) : model_(model) {
    const bool remembers = model.optimizer != OptimizerKind::sgd;
    for (std::size_t k = 0; k < model.bottom.size(); k++) {
      bottom.emplace_back(model.bottom[k], model.layers, remembers, k > 0);
    }
    for (const LayerArrays& layer : model.top) top.emplace_back(layer, model.layers, remembers, true);
  }

  void importArrays() {
    for (Layer& layer : bottom) layer.importArrays();
    for (Layer& layer : top) layer.importArrays();
  }

  void exportArrays() const {
    for (const Layer& layer : bottom) layer.exportArrays();
    for (const Layer& layer : top) layer.exportArrays();
  }

  /** From dense features to the vector that meets those of the tables; `first` is the sample's row in `a`. */
  void runBottom(const Activations& a, std::size_t first, int samples, PeakBits* peak) const {
    Rows x = a.dense;
    for (std::size_t k = 0; k < bottom.size(); k++) {
      bottom[k].forward(x.from(first), a.bottom[k].from(first), samples, peak);
      x = a.bottom[k];
    }
    const int cols = bottom.back().outputs();
    for (std::size_t s = first; s < first + samples; s++) {
      std::copy(x.row(s), x.row(s) + cols, a.vectors().row(s));
    }
  }

  void runTop(const Activations& a, std::size_t first, int samples, PeakBits* peak) const {
    Rows x = a.interaction;
    for (std::size_t k = 0; k < top.size(); k++) {
      top[k].forward(x.from(first), a.top[k].from(first), samples, peak);
      x = a.top[k];
    }
  }

  /** From the gradient of the logits, the first number of each row of dtop.back(), to that of the interaction. */
  void runTopBackward(const Activations& a, std::size_t first, int samples, PeakBits* peak) const {
    for (std::size_t k = top.size(); k-- > 0;) {
      const Rows below = k == 0 ? a.interaction : a.top[k - 1];
      const Rows dx = k == 0 ? a.dinteraction : a.dtop[k - 1];
      const Activation activation = k == 0 ? Activation::none : top[k - 1].activation();
      top[k].backwardInput(a.dtop[k].from(first), dx.from(first), below.from(first), activation, samples, peak);
    }
  }

  void runBottomBackward(const Activations& a, std::size_t first, int samples, PeakBits* peak) const {
    startBottomBackward(a, first, samples, peak);
    for (std::size_t k = bottom.size(); k-- > 1;) {
      bottom[k].backwardInput(a.dbottom[k].from(first), a.dbottom[k - 1].from(first), a.bottom[k - 1].from(first),
                              bottom[k - 1].activation(), samples, peak);
    }
  }

  std::vector<Layer> bottom, top;

 private:
  void startBottomBackward(const Activations& a, std::size_t first, int samples, PeakBits*) const {
    const Layer& last = bottom.back();
    const Rows y = a.bottom.back(), dy = a.dbottom.back(), de = a.dvectors();
    for (std::size_t s = first; s < first + samples; s++) {
      for (int c = 0; c < last.outputs(); c++) {
        float slope = 1;
        if (last.activation() == Activation::relu) slope = y.row(s)[c] <= 0 ? 0.0f : 1.0f;
        if (last.activation() == Activation::sigmoid) slope = y.row(s)[c] * (1 - y.row(s)[c]);
        dy.row(s)[c] = de.row(s)[c] * slope;
      }
    }
  }

  const TrainingModel& model_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
