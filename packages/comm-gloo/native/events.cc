#include "events.h"

#include <cstring>
#include <new>
#include <utility>

namespace dqrm {
namespace {

/** Gives the bytes as an array of JavaScript's own, or null where there is no memory for it. */
napi_value toArray(napi_env env, const Bytes& bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, bytes.length, &data, &buffer) != napi_ok) return nullptr;
  if (bytes.length > 0) std::memcpy(data, bytes.data.get(), bytes.length);
  if (napi_create_typedarray(env, napi_uint8_array, bytes.length, buffer, 0, &array) != napi_ok) return nullptr;
  return array;
}

napi_value payloadOf(napi_env env, Event& event) {
  napi_value payload = nullptr;
  if (event.kind != EventKind::kArrived) {
    napi_create_string_utf8(env, event.text.c_str(), NAPI_AUTO_LENGTH, &payload);
    return payload;
  }
  payload = toArray(env, event.bytes);
  if (payload != nullptr) return payload;
  napi_value error = nullptr;
  napi_get_and_clear_last_exception(env, &error);
  event.kind = EventKind::kGone;
  napi_create_string_utf8(env, "no memory for a message", NAPI_AUTO_LENGTH, &payload);
  return payload;
}

void callListener(napi_env env, napi_value listener, void*, void* data) {
  const std::unique_ptr<Event> event(static_cast<Event*>(data));
  // Without an environment the program is ending, and nobody listens.
  if (env == nullptr || listener == nullptr) return;
  napi_value values[3] = {nullptr, nullptr, payloadOf(env, *event)};
  napi_create_int32(env, static_cast<int>(event->kind), &values[0]);
  napi_create_int32(env, event->peer, &values[1]);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  napi_call_function(env, undefined, listener, 3, values, nullptr);
}

}  // namespace

bool Events::open(napi_env env, napi_value listener) {
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "dqrm.gloo", NAPI_AUTO_LENGTH, &name) != napi_ok) return false;
  return napi_create_threadsafe_function(env, listener, nullptr, name, 0, 1, nullptr, nullptr, nullptr, callListener,
                                         &function_) == napi_ok;
}

void Events::tell(EventKind kind, int peer, Bytes bytes, std::string text) noexcept {
  if (function_ == nullptr) return;
  std::unique_ptr<Event> event(new (std::nothrow) Event{kind, peer, std::move(bytes), std::move(text)});
  if (event == nullptr) return;
  if (napi_call_threadsafe_function(function_, event.get(), napi_tsfn_nonblocking) == napi_ok) event.release();
}

void Events::keepAlive(napi_env env, bool alive) {
  if (function_ == nullptr) return;
  if (alive) {
    napi_ref_threadsafe_function(env, function_);
  } else {
    napi_unref_threadsafe_function(env, function_);
  }
}

void Events::close() {
  if (function_ != nullptr) napi_release_threadsafe_function(function_, napi_tsfn_abort);
  function_ = nullptr;
}

}  // namespace dqrm
