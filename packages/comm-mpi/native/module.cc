#include <node_api.h>

#include <cstring>
#include <new>

#include "comm_thread.h"

namespace {

using dqrm::Bytes;
using dqrm::CommThread;
using dqrm::Event;
using dqrm::EventKind;

/** As INTERFACE_NUMBER in TypeScript. */
constexpr int INTERFACE_NUMBER = 2;

#if defined(OPEN_MPI)
constexpr char LIBRARY[] = "Open MPI";
#elif defined(MPICH_VERSION)
constexpr char LIBRARY[] = "MPICH " MPICH_VERSION;
#else
constexpr char LIBRARY[] = "an MPI of another maker";
#endif

/** MPI starts once in a process. It is never destroyed: the thread may outlive all of JavaScript. */
std::mutex start_mutex;
CommThread* comm = nullptr;

napi_value refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return nullptr;
}

CommThread* opened(napi_env env) {
  std::lock_guard<std::mutex> lock(start_mutex);
  if (comm == nullptr) napi_throw_error(env, "ERR_INVALID_STATE", "MPI is not open");
  return comm;
}

napi_value payloadOf(napi_env env, const Event& event) {
  napi_value payload = nullptr;
  switch (event.kind) {
    case EventKind::opened:
      napi_create_int32(env, event.size, &payload);
      break;
    case EventKind::arrived:
      napi_create_double(env, static_cast<double>(event.bytes.length), &payload);
      break;
    case EventKind::closed:
      napi_get_undefined(env, &payload);
      break;
    case EventKind::failed:
      napi_create_string_utf8(env, event.text.data(), event.text.size(), &payload);
      break;
  }
  return payload;
}

/** What the listener is being told of, on the thread of JavaScript. */
const Event* told = nullptr;

/** Runs on the thread of JavaScript; without an environment that is ending, and only the event is freed. */
void callListener(napi_env env, napi_value listener, void*, void* data) {
  const std::unique_ptr<Event> event(static_cast<Event*>(data));
  if (env == nullptr) return;
  napi_value args[3] = {};
  napi_value receiver = nullptr;
  args[2] = payloadOf(env, *event);
  if (args[2] == nullptr) return;
  napi_create_int32(env, static_cast<int32_t>(event->kind), &args[0]);
  napi_create_int32(env, event->peer, &args[1]);
  napi_get_undefined(env, &receiver);
  told = event.get();
  napi_call_function(env, receiver, listener, 3, args, nullptr);
  told = nullptr;
}

/** Lives as long as the thread that calls it. */
struct Listener {
  napi_threadsafe_function call = nullptr;
  bool isEnding = false;
};

napi_threadsafe_function listening = nullptr;

void stopAtEnd(void*) {
  std::lock_guard<std::mutex> lock(start_mutex);
  if (comm != nullptr) comm->leave(false);
}

napi_value open(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value listener = nullptr;
  napi_valuetype type = napi_undefined;
  napi_get_cb_info(env, info, &argc, &listener, nullptr, nullptr);
  if (argc == 1) napi_typeof(env, listener, &type);
  if (type != napi_function) return refuse(env, "open(listener) needs a function");
  std::lock_guard<std::mutex> lock(start_mutex);
  if (comm != nullptr) {
    napi_throw_error(env, "ERR_INVALID_STATE", "MPI starts once in a process");
    return nullptr;
  }
  napi_value name = nullptr;
  napi_create_string_utf8(env, "dqrm-mpi", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, listener, nullptr, name, 0, 1, nullptr, nullptr, nullptr, callListener,
                                      &listening) != napi_ok) {
    napi_throw_error(env, "ERR_INVALID_STATE", "no function to call from another thread");
    return nullptr;
  }
  auto shared = std::make_shared<Listener>();
  shared->call = listening;
  const auto sink = [shared](std::unique_ptr<Event> event) {
    if (shared->isEnding) return;
    shared->isEnding = napi_call_threadsafe_function(shared->call, event.get(), napi_tsfn_nonblocking) != napi_ok;
    if (!shared->isEnding) event.release();
  };
  const auto ended = [shared] {
    if (!shared->isEnding) napi_release_threadsafe_function(shared->call, napi_tsfn_release);
  };
  comm = new CommThread(sink, ended);
  // Hooks run in the reverse order: the thread ends before the function that it calls.
  napi_add_env_cleanup_hook(env, stopAtEnd, nullptr);
  return nullptr;
}

struct View {
  void* data = nullptr;
  size_t length = 0;
};

bool readBytes(napi_env env, napi_value value, View& view) {
  bool isTyped = false;
  napi_typedarray_type type = napi_float64_array;
  napi_is_typedarray(env, value, &isTyped);
  if (isTyped) napi_get_typedarray_info(env, value, &type, &view.length, &view.data, nullptr, nullptr);
  return type == napi_uint8_array && view.length <= (size_t{1} << 30);
}

/** Copies the message of which the listener is being told, once. */
napi_value take(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value value = nullptr;
  View view;
  napi_get_cb_info(env, info, &argc, &value, nullptr, nullptr);
  if (argc != 1 || !readBytes(env, value, view)) return refuse(env, "take(bytes) needs a Uint8Array");
  if (told == nullptr || told->kind != EventKind::arrived || told->bytes.length != view.length)
    return refuse(env, "take(bytes) needs the length of what arrived");
  if (view.length > 0) std::memcpy(view.data, told->bytes.data.get(), view.length);
  told = nullptr;
  return nullptr;
}

napi_value post(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value args[2] = {};
  int32_t to = -1;
  View view;
  napi_get_cb_info(env, info, &argc, args, nullptr, nullptr);
  if (argc != 2 || napi_get_value_int32(env, args[0], &to) != napi_ok || to < 0)
    return refuse(env, "post(to, bytes) needs a rank");
  if (!readBytes(env, args[1], view)) return refuse(env, "post(to, bytes) needs a Uint8Array of at most 2^30 bytes");
  CommThread* thread = opened(env);
  if (thread == nullptr) return nullptr;
  Bytes bytes{std::unique_ptr<uint8_t[]>(new (std::nothrow) uint8_t[view.length]), view.length};
  if (bytes.data == nullptr) return refuse(env, "post(to, bytes): no memory for a copy");
  if (view.length > 0) std::memcpy(bytes.data.get(), view.data, view.length);
  if (!thread->post(to, std::move(bytes))) return refuse(env, "post(to, bytes) needs a rank of the world");
  return nullptr;
}

/** From here on the thread alone does not keep the process alive. */
napi_value close(napi_env env, napi_callback_info) {
  CommThread* thread = opened(env);
  if (thread == nullptr) return nullptr;
  napi_unref_threadsafe_function(env, listening);
  thread->close();
  return nullptr;
}

napi_value leave(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value orderly = nullptr;
  bool isOrderly = false;
  napi_get_cb_info(env, info, &argc, &orderly, nullptr, nullptr);
  if (argc != 1 || napi_get_value_bool(env, orderly, &isOrderly) != napi_ok)
    return refuse(env, "leave(orderly) needs a boolean");
  CommThread* thread = opened(env);
  if (thread != nullptr) thread->leave(isOrderly);
  return nullptr;
}

napi_value abort(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value code = nullptr;
  int32_t exitCode = -1;
  napi_get_cb_info(env, info, &argc, &code, nullptr, nullptr);
  if (argc != 1 || napi_get_value_int32(env, code, &exitCode) != napi_ok || exitCode < 1 || exitCode > 255)
    return refuse(env, "abort(exitCode) needs an integer from 1 to 255");
  CommThread* thread = opened(env);
  if (thread != nullptr) thread->abort(exitCode);
  return nullptr;
}

void addFunction(napi_env env, napi_value exports, const char* name, napi_callback call) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

std::string libraryName() {
#if defined(OPEN_MPI)
  return std::string(LIBRARY) + " " + std::to_string(OMPI_MAJOR_VERSION) + "." + std::to_string(OMPI_MINOR_VERSION) +
         "." + std::to_string(OMPI_RELEASE_VERSION);
#else
  return LIBRARY;
#endif
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value number = nullptr;
  napi_value library = nullptr;
  const std::string name = libraryName();
  napi_create_int32(env, INTERFACE_NUMBER, &number);
  napi_create_string_utf8(env, name.data(), name.size(), &library);
  napi_set_named_property(env, exports, "interfaceNumber", number);
  napi_set_named_property(env, exports, "library", library);
  addFunction(env, exports, "open", open);
  addFunction(env, exports, "post", post);
  addFunction(env, exports, "take", take);
  addFunction(env, exports, "close", close);
  addFunction(env, exports, "leave", leave);
  addFunction(env, exports, "abort", abort);
  return exports;
}
