// From JavaScript values to what kernels are given.
//
// A converter says how many arguments it takes; a value that it cannot convert makes the call a refusal.
#pragma once

#include <node_api.h>

#include <cstdint>

#include "../ops/arguments.h"

namespace dqrm {

/** The largest whole number up to which a double counts without gaps. */
constexpr double kMaxSafeCount = 9007199254740991.0;

template <class T>
struct Convert;

template <class T>
struct ElementType;
template <>
struct ElementType<float> {
  static constexpr napi_typedarray_type kType = napi_float32_array;
};
template <>
struct ElementType<double> {
  static constexpr napi_typedarray_type kType = napi_float64_array;
};
template <>
struct ElementType<std::int32_t> {
  static constexpr napi_typedarray_type kType = napi_int32_array;
};
template <>
struct ElementType<std::uint16_t> {
  static constexpr napi_typedarray_type kType = napi_uint16_array;
};
template <>
struct ElementType<std::uint8_t> {
  static constexpr napi_typedarray_type kType = napi_uint8_array;
};

/** Takes a typed array of exactly this type; the engine says how long it is, 0 when its buffer was detached. */
template <class T>
struct Convert<Span<T>> {
  static constexpr int kArguments = 1;
  static bool read(napi_env env, const napi_value* values, Span<T>& result) {
    napi_typedarray_type type;
    std::size_t length;
    void* data;
    if (napi_get_typedarray_info(env, values[0], &type, &length, &data, nullptr, nullptr) != napi_ok) return false;
    result = {static_cast<T*>(data), data == nullptr ? 0 : static_cast<Count>(length)};
    return type == ElementType<T>::kType;
  }
};

template <>
struct Convert<double> {
  static constexpr int kArguments = 1;
  static bool read(napi_env env, const napi_value* values, double& result) {
    return napi_get_value_double(env, values[0], &result) == napi_ok;
  }
};

/** Takes a whole number that is not negative. */
template <>
struct Convert<Count> {
  static constexpr int kArguments = 1;
  static bool read(napi_env env, const napi_value* values, Count& result) {
    double number;
    if (napi_get_value_double(env, values[0], &number) != napi_ok) return false;
    // Written so that NaN is refused before it is cast.
    if (!(number >= 0 && number <= kMaxSafeCount)) return false;
    result = static_cast<Count>(number);
    return static_cast<double>(result) == number;
  }
};

template <>
struct Convert<bool> {
  static constexpr int kArguments = 1;
  static bool read(napi_env env, const napi_value* values, bool& result) {
    return napi_get_value_bool(env, values[0], &result) == napi_ok;
  }
};

/** Tells undefined from a value. */
inline bool isUndefined(napi_env env, napi_value value) {
  napi_valuetype type;
  return napi_typeof(env, value, &type) == napi_ok && type == napi_undefined;
}

/** Takes an array of floats, or undefined for none. Without a pointer, an empty array would look like none. */
template <>
struct Convert<Weights> {
  static constexpr int kArguments = 1;
  static bool read(napi_env env, const napi_value* values, Weights& result) {
    static const float none = 0;
    result = {nullptr, 0};
    if (isUndefined(env, values[0])) return true;
    Floats floats;
    if (!Convert<Floats>::read(env, values, floats)) return false;
    result = {floats.data == nullptr ? &none : floats.data, floats.length};
    return true;
  }
};

/** Converts several arguments, one after the other. */
template <class... T>
struct ConvertAll;
template <>
struct ConvertAll<> {
  static constexpr int kArguments = 0;
  static bool read(napi_env, const napi_value*) { return true; }
};
template <class First, class... Rest>
struct ConvertAll<First, Rest...> {
  static constexpr int kArguments = Convert<First>::kArguments + ConvertAll<Rest...>::kArguments;
  static bool read(napi_env env, const napi_value* values, First& first, Rest&... rest) {
    return Convert<First>::read(env, values, first) &&
           ConvertAll<Rest...>::read(env, values + Convert<First>::kArguments, rest...);
  }
};

template <>
struct Convert<Part> : ConvertAll<Count, Count> {
  static bool read(napi_env env, const napi_value* values, Part& part) {
    return ConvertAll::read(env, values, part.begin, part.end);
  }
};

template <>
struct Convert<Bags> : ConvertAll<Ints, Ints, Weights> {
  static bool read(napi_env env, const napi_value* values, Bags& bags) {
    return ConvertAll::read(env, values, bags.indices, bags.offsets, bags.weights);
  }
};

template <>
struct Convert<Pooling> : ConvertAll<Count, Count, Count, bool> {
  static bool read(napi_env env, const napi_value* values, Pooling& pooling) {
    return ConvertAll::read(env, values, pooling.cols, pooling.stride, pooling.offset, pooling.mean);
  }
};

template <>
struct Convert<Format> : ConvertAll<Count, Count, Count, Count, Count> {
  static bool read(napi_env env, const napi_value* values, Format& format) {
    return ConvertAll::read(env, values, format.bits, format.cols, format.spanCols, format.scaleStep, format.scheme);
  }
};

template <>
struct Convert<Packed> : ConvertAll<Bytes, Floats, Floats, Count> {
  static bool read(napi_env env, const napi_value* values, Packed& packed) {
    return ConvertAll::read(env, values, packed.codes, packed.scale, packed.bias, packed.rows);
  }
};

template <>
struct Convert<Gradients> : ConvertAll<Ints, Floats, Ints> {
  static bool read(napi_env env, const napi_value* values, Gradients& gradients) {
    return ConvertAll::read(env, values, gradients.rows, gradients.values, gradients.slots);
  }
};

template <>
struct Convert<Optimizer> : ConvertAll<Count, double> {
  static bool read(napi_env env, const napi_value* values, Optimizer& optimizer) {
    return ConvertAll::read(env, values, optimizer.kind, optimizer.epsilon);
  }
};

/** Takes the parts of a range, or three times undefined for none. */
template <>
struct Convert<Range> : ConvertAll<Floats, Bytes, Count> {
  static bool read(napi_env env, const napi_value* values, Range& range) {
    range = {{nullptr, 0}, {nullptr, 0}, 0};
    if (isUndefined(env, values[0])) return true;
    // A tree without memory would look like no range at all.
    return ConvertAll::read(env, values, range.tree, range.dirty, range.leaves) && range.tree.data != nullptr;
  }
};

}  // namespace dqrm
