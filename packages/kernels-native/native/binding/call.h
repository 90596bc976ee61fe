// Functions of JavaScript that call a kernel.
#pragma once

#include <tuple>
#include <utility>

#include "../ops/kernels.h"
#include "convert.h"

namespace dqrm {

inline napi_value toValue(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

inline napi_value toValue(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

inline napi_value toValue(napi_env env, Count value) { return toValue(env, static_cast<double>(value)); }

/** What a call gives whose arguments could not be converted. */
template <class R>
constexpr R refusal() {
  return static_cast<R>(-1);
}
template <>
constexpr bool refusal<bool>() {
  return false;
}

template <class Member, Member member>
struct Call;

/** Calls one kernel of the table that the function of JavaScript was made with. */
template <class R, class... Args, R (*Kernels::*member)(Args...)>
struct Call<R (*Kernels::*)(Args...), member> {
  static constexpr int kArguments = ConvertAll<Args...>::kArguments;

  static napi_value call(napi_env env, napi_callback_info info) {
    std::size_t count = kArguments;
    napi_value values[kArguments];
    void* table = nullptr;
    if (napi_get_cb_info(env, info, &count, values, nullptr, &table) != napi_ok) return nullptr;
    if (count < kArguments) return toValue(env, refusal<R>());
    return run(env, values, *static_cast<const Kernels*>(table), std::index_sequence_for<Args...>());
  }

 private:
  template <std::size_t... I>
  static napi_value run(napi_env env, const napi_value* values, const Kernels& kernels, std::index_sequence<I...>) {
    std::tuple<Args...> arguments;
    if (!ConvertAll<Args...>::read(env, values, std::get<I>(arguments)...)) return toValue(env, refusal<R>());
    return toValue(env, (kernels.*member)(std::get<I>(arguments)...));
  }
};

/** Puts a kernel into an object, under its name. */
template <auto member>
bool define(napi_env env, napi_value object, const char* name, const Kernels& kernels) {
  napi_value function = nullptr;
  // The table is constant data of the addon and outlives every environment that loads it.
  void* table = const_cast<Kernels*>(&kernels);
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, Call<decltype(member), member>::call, table, &function) ==
             napi_ok &&
         napi_set_named_property(env, object, name, function) == napi_ok;
}

}  // namespace dqrm
