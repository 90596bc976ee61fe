// What JavaScript gives to a plan, as C++ sees it. Nothing here believes a length that it has not compared.
#pragma once

#include <node_api.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "../plan/plan.h"

namespace dqrm {

/** The arguments of one call; what is missing is undefined. */
template <std::size_t count>
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t given = count;
    napi_get_cb_info(env, info, &given, values_, nullptr, nullptr);
  }
  napi_value operator[](std::size_t i) const { return values_[i]; }
  double number(std::size_t i) const {
    double value = 0;
    napi_get_value_double(env_, values_[i], &value);
    return value;
  }
  int integer(std::size_t i) const {
    std::int32_t value = 0;
    napi_get_value_int32(env_, values_[i], &value);
    return value;
  }
  std::string text(std::size_t i) const {
    char buffer[64];
    std::size_t length = 0;
    if (napi_get_value_string_utf8(env_, values_[i], buffer, sizeof buffer, &length) != napi_ok) return "";
    return std::string(buffer, length);
  }

 private:
  napi_env env_;
  napi_value values_[count] = {};
};

inline napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

/** The elements of a typed array; empty where the value is none, or of another type. */
template <class T>
struct Array {
  T* data = nullptr;
  std::size_t length = 0;
};

template <class T>
struct ElementType;
template <>
struct ElementType<float> { static constexpr napi_typedarray_type type = napi_float32_array; };
template <>
struct ElementType<double> { static constexpr napi_typedarray_type type = napi_float64_array; };
template <>
struct ElementType<std::int32_t> { static constexpr napi_typedarray_type type = napi_int32_array; };
template <>
struct ElementType<std::uint8_t> { static constexpr napi_typedarray_type type = napi_uint8_array; };

template <class T>
Array<T> arrayOf(napi_env env, napi_value value) {
  napi_typedarray_type type;
  std::size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return {};
  if (type != ElementType<T>::type) return {};
  return {static_cast<T*>(data), length};
}

/** Reads a model out of a list of numbers and a list of arrays, both in a fixed order. */
class DescriptionReader {
 public:
  DescriptionReader(napi_env env, napi_value numbers, napi_value arrays)
      : env_(env), numbers_(arrayOf<double>(env, numbers)), arrays_(arrays) {
    napi_get_array_length(env, arrays, &arrayCount_);
  }

  /** Tells whether everything was there, nothing was too short, and nothing is left. */
  bool complete() const { return right_ && number_ == numbers_.length && array_ == arrayCount_; }

 protected:
  void expect(bool condition) { right_ = right_ && condition; }

  double number() {
    expect(number_ < numbers_.length);
    return right_ ? numbers_.data[number_++] : 0;
  }
  int integer() {
    const double value = number();
    expect(value >= 0 && value <= 2147483647.0);
    return right_ ? static_cast<int>(value) : 0;
  }

  template <class T>
  T* array(std::size_t length) {
    napi_value value;
    if (array_ >= arrayCount_ || napi_get_element(env_, arrays_, array_++, &value) != napi_ok) {
      right_ = false;
      return nullptr;
    }
    const Array<T> found = arrayOf<T>(env_, value);
    expect(found.length >= length);
    return right_ && length > 0 ? found.data : nullptr;
  }

  bool right_ = true;

 private:
  napi_env env_;
  Array<double> numbers_;
  napi_value arrays_;
  std::uint32_t arrayCount_ = 0;
  std::size_t number_ = 0;
  std::uint32_t array_ = 0;
};

/** Reads a model that is to be trained. */
class ModelReader : public DescriptionReader {
 public:
  using DescriptionReader::DescriptionReader;

  /** How products were asked for: 0 floats, 1 bfloat16 in the best form, 2 from rounded floats, 3 in pairs. */
  int products() const { return products_; }

  /** Where the mean loss of a step is written: the array after those of the model. */
  double* meanLoss() { return array<double>(1); }

  TrainingModel trainingModel() {
    TrainingModel model{};
    model.denseFeatures = integer();
    model.maxBatch = integer();
    model.concatenate = integer() != 0;
    model.itself = integer() != 0;
    model.layers = {integer(), integer() != 0, integer() != 0};
    products_ = integer();
    expect(products_ <= 3);
    model.loss = static_cast<LossKind>(integer());
    model.threshold = number();
    model.labelWeights = {number(), number()};
    model.optimizer = static_cast<OptimizerKind>(integer());
    model.epsilon = static_cast<float>(number());
    for (int t = integer(); t > 0 && right_; t--) model.tables.push_back(table(model.optimizer));
    for (int f = integer(); f > 0 && right_; f--) {
      const int table = integer();
      expect(table >= 0 && static_cast<std::size_t>(table) < model.tables.size());
      model.features.push_back(table);
    }
    const bool remembers = model.optimizer != OptimizerKind::sgd;
    for (int k = integer(); k > 0 && right_; k--) model.bottom.push_back(layer(remembers));
    for (int k = integer(); k > 0 && right_; k--) model.top.push_back(layer(remembers));
    expect(!model.bottom.empty() && !model.top.empty());
    return model;
  }

 private:
  TableArrays table(OptimizerKind optimizer) {
    TableArrays t{};
    t.rows = integer();
    t.cols = integer();
    t.mean = integer() != 0;
    t.bits = integer();
    t.granularity = static_cast<Granularity>(integer());
    t.groupCols = integer();
    t.leaves = integer();
    const std::size_t rows = static_cast<std::size_t>(t.rows), cols = static_cast<std::size_t>(t.cols);
    const std::size_t leaves = static_cast<std::size_t>(t.leaves), blocks = (rows + 255) / 256;
    expect(leaves == 0 || leaves >= blocks);
    t.weights = array<float>(rows * cols);
    t.squares = array<float>(optimizer == OptimizerKind::sgd ? 0 : optimizer == OptimizerKind::adagrad ? rows * cols : rows);
    t.scale = array<float>(1);
    t.tree = array<float>(2 * leaves);
    t.dirty = array<std::uint8_t>(leaves > 0 ? blocks : 0);
    return t;
  }

  LayerArrays layer(bool remembers) {
    LayerArrays l{};
    l.inputs = integer();
    l.outputs = integer();
    l.activation = static_cast<Activation>(integer());
    const std::size_t outputs = static_cast<std::size_t>(l.outputs);
    const std::size_t size = outputs * static_cast<std::size_t>(l.inputs);
    l.weight = array<float>(size);
    l.bias = array<float>(outputs);
    l.weightSquares = array<float>(remembers ? size : 0);
    l.biasSquares = array<float>(remembers ? outputs : 0);
    return l;
  }

  int products_ = 0;
};

/** The arrays of a batch, bound one by one: dense, labels, then indices, offsets and weights of each feature. */
class BoundBatch {
 public:
  BoundBatch() = default;
  BoundBatch(std::size_t features, int denseFeatures, int maxBatch)
      : denseFeatures_(static_cast<std::size_t>(denseFeatures)), maxBatch_(maxBatch), offsetCounts_(features) {
    batch_.bags.resize(features);
  }

  void bind(napi_env env, std::size_t slot, napi_value value) {
    if (slot == 0) bindFloats(env, value, batch_.dense, denseCount_);
    if (slot == 1) bindFloats(env, value, batch_.labels, labelCount_);
    if (slot < 2 || (slot - 2) / 3 >= batch_.bags.size()) return;
    FeatureBags& bags = batch_.bags[(slot - 2) / 3];
    if ((slot - 2) % 3 == 2) {
      bindWeights(env, value, bags);
      return;
    }
    const Array<std::int32_t> numbers = arrayOf<std::int32_t>(env, value);
    if ((slot - 2) % 3 == 0) {
      bags.indices = numbers.data;
      bags.indexCount = static_cast<std::int64_t>(numbers.length);
    } else {
      bags.offsets = numbers.data;
      offsetCounts_[(slot - 2) / 3] = numbers.length;
    }
  }

  /** Tells whether the bound arrays are long enough for `size` samples, and sets the size when they are. */
  bool fits(int size, bool labelled) {
    if (size < 1 || size > maxBatch_) return false;
    const std::size_t samples = static_cast<std::size_t>(size);
    if (denseCount_ < samples * denseFeatures_ || (labelled && labelCount_ < samples)) return false;
    for (const std::size_t count : offsetCounts_) {
      if (count < samples + 1) return false;
    }
    batch_.size = size;
    return true;
  }

  const Batch& batch() const { return batch_; }

 private:
  /** An empty array of weights is too short for any index, and not the same as none. */
  static void bindWeights(napi_env env, napi_value value, FeatureBags& bags) {
    static constexpr float kNothing = 0;
    bool weighted = false;
    napi_is_typedarray(env, value, &weighted);
    const Array<float> weights = arrayOf<float>(env, value);
    bags.weights = !weighted ? nullptr : weights.data == nullptr ? &kNothing : weights.data;
    bags.weightCount = static_cast<std::int64_t>(weights.length);
  }

  static void bindFloats(napi_env env, napi_value value, const float*& data, std::size_t& count) {
    const Array<float> floats = arrayOf<float>(env, value);
    data = floats.data;
    count = floats.length;
  }

  Batch batch_;
  std::size_t denseFeatures_ = 0;
  int maxBatch_ = 0;
  std::size_t denseCount_ = 0, labelCount_ = 0;
  std::vector<std::size_t> offsetCounts_;
};

}  // namespace dqrm
