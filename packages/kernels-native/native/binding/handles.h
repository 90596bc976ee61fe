// Objects of C++ that JavaScript holds without seeing into them, and what calls of the addon return.
#pragma once

#include <node_api.h>

#include <memory>

namespace dqrm {

template <class T>
T* held(napi_env env, napi_value value, const napi_type_tag& tag) {
  bool right = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(env, value, &tag, &right) != napi_ok || !right ||
      napi_get_value_external(env, value, &data) != napi_ok) {
    napi_throw_type_error(env, nullptr, "a handle of another kind was given");
    return nullptr;
  }
  return static_cast<T*>(data);
}

template <class T>
napi_value hold(napi_env env, std::unique_ptr<T> object, const napi_type_tag& tag) {
  napi_value value;
  const auto release = [](napi_env, void* data, void*) { delete static_cast<T*>(data); };
  if (napi_create_external(env, object.get(), release, nullptr, &value) != napi_ok) return nullptr;
  object.release();
  napi_type_tag_object(env, value, &tag);
  return value;
}

inline napi_value numberFrom(napi_env env, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  return value;
}

inline napi_value failed(napi_env env, const char* message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, nullptr, message);
  return nullptr;
}

}  // namespace dqrm
