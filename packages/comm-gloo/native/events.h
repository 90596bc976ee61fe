// What threads of this addon tell JavaScript.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <memory>
#include <string>

#include "frame.h"

namespace dqrm {

enum class EventKind { kArrived, kGone, kConnected, kFailed, kClosed };

/** Bytes that are not set to zero before they are read from a socket. */
struct Bytes {
  std::unique_ptr<unsigned char[]> data;
  std::size_t length = 0;
};

struct Event {
  EventKind kind;
  int peer;
  Bytes bytes;
  std::string text;
};

/** Calls a function of JavaScript on its own thread, in the order of the events. */
class Events {
 public:
  Events() = default;
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  ~Events() { close(); }

  bool open(napi_env env, napi_value listener);
  /** May be called from any thread; never waits. */
  void tell(EventKind kind, int peer, Bytes bytes = {}, std::string text = {}) noexcept;
  /**
   * Copies the message of which the listener is being told to memory of its length; false otherwise, and the second time. Called on the
   * thread of JavaScript.
   */
  bool take(void* target, std::size_t length) noexcept;
  /** Says whether the process goes on because more could come. Called on the thread of JavaScript. */
  void keepAlive(napi_env env, bool alive);
  /** Nothing is told afterwards. Called when no other thread is left that could. */
  void close();

 private:
  static void callListener(napi_env env, napi_value listener, void* events, void* data);

  napi_threadsafe_function function_ = nullptr;
  /** What the listener is being told of. */
  Event* told_ = nullptr;
};

}  // namespace dqrm
