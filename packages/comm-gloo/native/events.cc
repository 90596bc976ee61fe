#include "events.h"

#include <cstring>
#include <new>
#include <utility>

namespace dqrm {
namespace {

napi_value payloadOf(napi_env env, const Event& event) {
  napi_value payload = nullptr;
  if (event.kind == EventKind::kArrived) {
    napi_create_double(env, static_cast<double>(event.bytes.length), &payload);
  } else {
    napi_create_string_utf8(env, event.text.c_str(), NAPI_AUTO_LENGTH, &payload);
  }
  return payload;
}

}  // namespace

void Events::callListener(napi_env env, napi_value listener, void* events, void* data) {
  const std::unique_ptr<Event> event(static_cast<Event*>(data));
  // Without an environment the program is ending, and nobody listens.
  if (env == nullptr || listener == nullptr) return;
  napi_value values[3] = {nullptr, nullptr, payloadOf(env, *event)};
  napi_create_int32(env, static_cast<int>(event->kind), &values[0]);
  napi_create_int32(env, event->peer, &values[1]);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  Event*& told = static_cast<Events*>(events)->told_;
  told = event.get();
  napi_call_function(env, undefined, listener, 3, values, nullptr);
  told = nullptr;
}

bool Events::open(napi_env env, napi_value listener) {
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "dqrm.gloo", NAPI_AUTO_LENGTH, &name) != napi_ok) return false;
  return napi_create_threadsafe_function(env, listener, nullptr, name, 0, 1, nullptr, nullptr, this, callListener,
                                         &function_) == napi_ok;
}

void Events::tell(EventKind kind, int peer, Bytes bytes, std::string text) noexcept {
  if (function_ == nullptr) return;
  std::unique_ptr<Event> event(new (std::nothrow) Event{kind, peer, std::move(bytes), std::move(text)});
  if (event == nullptr) return;
  if (napi_call_threadsafe_function(function_, event.get(), napi_tsfn_nonblocking) == napi_ok) event.release();
}

bool Events::take(void* target, std::size_t length) noexcept {
  if (told_ == nullptr || told_->kind != EventKind::kArrived || told_->bytes.length != length) return false;
  if (length > 0) std::memcpy(target, told_->bytes.data.get(), length);
  told_ = nullptr;
  return true;
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
