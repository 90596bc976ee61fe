// What JavaScript gives to a plan that serves, as C++ sees it: everything that memory is read by is compared here.
#pragma once

#include "../plan/inference.h"
#include "plan-arguments.h"

namespace dqrm {

/** Reads a model that is to be served. */
class ServedModelReader : public DescriptionReader {
 public:
  using DescriptionReader::DescriptionReader;

  InferenceModel inferenceModel() {
    InferenceModel model{};
    model.denseFeatures = integer();
    model.maxBatch = integer();
    model.concatenate = integer() != 0;
    model.itself = integer() != 0;
    model.threshold = number();
    model.wholeProducts = integer() != 0;
    for (int t = integer(); t > 0 && right_; t--) model.tables.push_back(table());
    for (int f = integer(); f > 0 && right_; f--) {
      const int table = integer();
      expect(table >= 0 && static_cast<std::size_t>(table) < model.tables.size());
      model.features.push_back(table);
    }
    for (int k = integer(); k > 0 && right_; k--) model.bottom.push_back(layer());
    for (int k = integer(); k > 0 && right_; k--) model.top.push_back(layer());
    expect(fitsTogether(model));
    return model;
  }

 private:
  ServedTable table() {
    const int rows = integer(), cols = integer();
    const bool mean = integer() != 0;
    expect(rows >= 1);
    return {rowsOf(rows, cols), mean};
  }

  ServedLayer layer() {
    ServedLayer l{};
    l.inputs = integer();
    l.outputs = integer();
    const int activation = integer();
    expect(activation <= 2);
    l.activation = static_cast<Activation>(activation);
    l.weight = rowsOf(l.outputs, l.inputs);
    l.bias = rowsOf(l.outputs, 1);
    return l;
  }

  ServedRows rowsOf(int count, int cols) {
    ServedRows rows{};
    rows.rows = count;
    rows.cols = cols;
    rows.bits = integer();
    rows.scheme = integer();
    rows.spanCols = integer();
    rows.scaleStep = integer();
    const std::size_t size = static_cast<std::size_t>(count);
    expect(cols >= 1 && rows.bits <= 16 && rows.spanCols >= 1 && rows.scheme <= kDeadZoneLog);
    expect(!rows.zoned() || (rows.bits >= 2 && rows.bits <= 8));
    if (!right_) return rows;
    if (rows.bits == 0) {
      rows.floats = array<float>(size * static_cast<std::size_t>(cols));
      return rows;
    }
    const int spans = (cols - 1) / rows.spanCols + 1;
    expect(rows.scaleStep == spans || (rows.scaleStep == 0 && spans == 1));
    const std::size_t scales = rows.scaleStep == 0 ? 1 : size * static_cast<std::size_t>(spans);
    rows.codes = array<std::uint8_t>(size * ((static_cast<std::size_t>(cols) * rows.bits + 7) / 8));
    rows.scale = array<float>(scales);
    if (rows.scheme != kSymmetric) rows.bias = array<float>(scales);
    return rows;
  }

  /** Tells whether the widths of a model meet, so that nothing is written past a row. */
  static bool fitsTogether(const InferenceModel& model) {
    if (model.bottom.empty() || model.top.empty() || model.features.size() > kMostFeatures) return false;
    const std::int64_t cols = model.bottom.back().outputs;
    const std::int64_t vectors = static_cast<std::int64_t>(model.features.size()) + 1;
    const std::int64_t pairs = vectors * (model.itself ? vectors + 1 : vectors - 1) / 2;
    for (const int table : model.features) {
      if (model.tables[table].rows.cols != cols) return false;
    }
    return chained(model.bottom, model.denseFeatures) &&
           chained(model.top, model.concatenate ? vectors * cols : cols + pairs) && model.top.back().outputs == 1;
  }

  static bool chained(const std::vector<ServedLayer>& layers, std::int64_t inputs) {
    for (const ServedLayer& layer : layers) {
      if (layer.inputs != inputs || layer.outputs < 1) return false;
      inputs = layer.outputs;
    }
    return true;
  }

  /** More features than any model has; products of vectors stay far from the limits of 64 bits. */
  static constexpr std::size_t kMostFeatures = std::size_t{1} << 20;
};

}  // namespace dqrm
