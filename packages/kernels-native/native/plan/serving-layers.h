// The layers of a served model over the samples of a chunk, in floats or in whole numbers of 8 bits.
#pragma once

#include <vector>

#include "int8-layer.h"
#include "interaction.h"
#include "layer.h"
#include "packed-rows.h"

namespace dqrm {
namespace DQRM_ISA {

/** Gives a layer in floats, its codes dequantized once. */
static inline Layer floatLayer(const ServedLayer& served) {
  std::vector<float> weight(static_cast<std::size_t>(served.inputs) * served.outputs);
  std::vector<float> bias(static_cast<std::size_t>(served.outputs));
  for (int o = 0; o < served.outputs; o++) {
    readServedRow(served.weight, o, weight.data() + static_cast<std::size_t>(o) * served.inputs);
    readServedRow(served.bias, o, bias.data() + o);
  }
  const LayerArrays arrays{served.inputs, served.outputs, served.activation, weight.data(), bias.data(), nullptr, nullptr};
  Layer layer(arrays, {0, false, false}, {});
  layer.importArrays();
  return layer;
}

/** Multiplies floats, in the order of the training plan. */
class FloatLayers {
 public:
  explicit FloatLayers(const InferenceModel& model) : crossed_(0) {
    for (const ServedLayer& layer : model.bottom) bottom_.push_back(floatLayer(layer));
    for (const ServedLayer& layer : model.top) top_.push_back(floatLayer(layer));
    crossed_ = model.top.front().inputs;
  }

  /** Activations of one thread. */
  struct Buffers {
    Buffers(const FloatLayers& layers, int samples) {
      dense = allocate(layers.bottom_.front().inputs(), samples);
      crossed = allocate(layers.crossed_, samples);
      for (const Layer& layer : layers.bottom_) bottom.push_back(allocate(layer.outputs(), samples));
      for (const Layer& layer : layers.top_) top.push_back(allocate(layer.outputs(), samples));
    }
    Rows allocate(int width, int samples) {
      const std::size_t step = activationStep(width);
      storage.emplace_back(step * samples + kPanel);
      return {storage.back().data(), step};
    }
    Rows dense{}, crossed{};
    std::vector<Rows> bottom, top;
    std::vector<Numbers<float>> storage;
  };

  void takeDense(Buffers& to, const float* dense, int samples) const {
    const int width = bottom_.front().inputs();
    for (int s = 0; s < samples; s++) std::copy(dense + s * width, dense + (s + 1) * width, to.dense.row(s));
  }

  /** From dense features to the vector that meets those of the tables. */
  void runBottom(Buffers& buffers, int samples, const Rows& vectors) const {
    const Rows y = run(bottom_, buffers.dense, buffers.bottom, samples, top_.front());
    const int cols = bottom_.back().outputs();
    for (int s = 0; s < samples; s++) std::copy(y.row(s), y.row(s) + cols, vectors.row(s));
  }

  void cross(Buffers& buffers, Interaction& interaction, int samples, const Rows& vectors) const {
    for (int s = 0; s < samples; s++) interaction.forward(vectors.row(s), buffers.crossed.row(s));
  }

  /** From the interaction to logits, the first number of each row. */
  Rows runTop(Buffers& buffers, int samples) const { 
    return run(top_, buffers.crossed, buffers.top, samples, bottom_.front());
  }

 private:
  static Rows run(const std::vector<Layer>& layers, Rows x, const std::vector<Rows>& outputs, int samples,
                  const Layer& after) {
    PeakBits unused = noPeak();
    for (std::size_t k = 0; k < layers.size(); k++) {
      const Layer& next = k + 1 < layers.size() ? layers[k + 1] : after;
      layers[k].forward(x, outputs[k], samples, &unused, next.forwardPanelAhead(0));
      x = outputs[k];
    }
    return x;
  }

  int crossed_;
  std::vector<Layer> bottom_, top_;
};

/** Multiplies whole numbers of 8 bits. */
class Int8Layers {
 public:
  explicit Int8Layers(const InferenceModel& model) {
    add(bottom_, model.bottom);
    add(top_, model.top);
  }

  /** Activations of one thread: codes of what a layer reads, floats of what it writes. */
  struct Buffers {
    Buffers(const Int8Layers& layers, int samples)
        : scales(static_cast<std::size_t>(samples)), peaks(static_cast<std::size_t>(samples)) {
      const int width = layers.width();
      codes = Numbers<InputCode>(static_cast<std::size_t>(codedStep(width)) * samples);
      floats = Numbers<float>(static_cast<std::size_t>(activationStep(width)) * samples + kSharedPanel);
      x = {codes.data(), static_cast<std::size_t>(codedStep(width)), scales.data()};
      y = {floats.data(), static_cast<std::size_t>(activationStep(width))};
    }
    Numbers<InputCode> codes;
    Numbers<float> floats;
    Numbers<float> scales;
    Numbers<Peak> peaks;
    CodedRows x{};
    Rows y{};
  };

  void takeDense(Buffers& to, const float* dense, int samples) const {
    const int width = bottom_.front().inputs();
    for (int s = 0; s < samples; s++) {
      float* row = to.y.row(s);
      for (int c = 0; c < width; c += kLanes) store(row + c, loadFirst(dense + s * width + c, std::min(kLanes, width - c)));
    }
    encodeSigned(to, samples, width);
  }

  void runBottom(Buffers& buffers, int samples, const Rows& vectors) const {
    run(bottom_, buffers, samples);
    const int cols = bottom_.back().outputs();
    for (int s = 0; s < samples; s++) std::copy(buffers.y.row(s), buffers.y.row(s) + cols, vectors.row(s));
  }

  void cross(Buffers& buffers, Interaction& interaction, int samples, const Rows& vectors) const {
    const int width = top_.front().inputs();
    for (int s = 0; s < samples; s++) {
      float* row = buffers.y.row(s);
      for (int c = width; c < wholeVectors(width); c++) row[c] = 0;
      interaction.forward(vectors.row(s), row);
    }
    encodeSigned(buffers, samples, width);
  }

  Rows runTop(Buffers& buffers, int samples) const {
    run(top_, buffers, samples);
    return buffers.y;
  }

 private:
  static void add(std::vector<Int8Layer>& layers, const std::vector<ServedLayer>& served) {
    bool isSigned = true;
    for (const ServedLayer& layer : served) {
      layers.emplace_back(layer, isSigned);
      isSigned = layer.activation == Activation::none;
    }
  }

  int width() const {
    int most = 0;
    for (const auto* layers : {&bottom_, &top_}) {
      for (const Int8Layer& layer : *layers) most = std::max(most, std::max(layer.inputs(), layer.outputs()));
    }
    return most;
  }

  /** Comes after all rows were written: a vector cannot be read back while its parts are on their way to the cache. */
  static void encodeSigned(Buffers& buffers, int samples, int width) {
    for (int s = 0; s < samples; s++) {
      const float* row = buffers.y.row(s);
      buffers.scales[s] = encodeRow(row, width, peakOfRow(row, wholeVectors(width)), true, buffers.x.row(s));
    }
  }

  static void run(const std::vector<Int8Layer>& layers, Buffers& buffers, int samples) {
    for (std::size_t k = 0; k < layers.size(); k++) {
      for (int s = 0; s < samples; s++) buffers.peaks[s] = {noPeak()};
      layers[k].forward(buffers.x, buffers.y, samples, buffers.peaks.data());
      if (k + 1 == layers.size()) return;
      const int width = layers[k].outputs();
      for (int s = 0; s < samples; s++) {
        const float peak = floatOf(highest(buffers.peaks[s].bits));
        buffers.scales[s] = encodeRow(buffers.y.row(s), width, peak, layers[k + 1].isSigned(), buffers.x.row(s));
      }
    }
  }

  std::vector<Int8Layer> bottom_, top_;
};

}  // namespace DQRM_ISA
}  // namespace dqrm
