// What the addon offers to JavaScript: create, addresses, connect, post, take and close of one end of a group.
//
// No function throws: what cannot be done is answered, and TypeScript makes an error of it that belongs to the call.
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "group.h"

namespace dqrm {
namespace {

/** Raised when the meaning of a function here changes; the loader refuses an addon of another number. */
constexpr int kInterface = 3;

constexpr napi_type_tag kGroupTag = {0x6471726d676c6f6fULL, 0x67726f7570000001ULL};

/** Longer than any name of a host or interface. */
constexpr std::size_t kMaxTextBytes = 1024;
/** Two threads for each. */
constexpr int kMaxRanks = 128;
/** Longer than two addresses of gloo, each a socket's address and a number. */
constexpr std::size_t kMaxAddressBytes = 1024;

template <std::size_t N>
bool readArguments(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  std::size_t count = N;
  return napi_get_cb_info(env, info, &count, values, nullptr, nullptr) == napi_ok && count >= N;
}

napi_value booleanOf(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value textOf(napi_env env, const char* text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

struct View {
  void* data = nullptr;
  std::size_t length = 0;
};

/** Refuses an array whose memory was given away: its length would be zero, without a word. */
bool readBytes(napi_env env, napi_value value, View& view) {
  bool isArray = false;
  bool detached = false;
  napi_typedarray_type type = napi_int8_array;
  napi_value buffer = nullptr;
  std::size_t offset = 0;
  void* data = nullptr;
  if (napi_is_typedarray(env, value, &isArray) != napi_ok || !isArray) return false;
  if (napi_get_typedarray_info(env, value, &type, &view.length, &data, &buffer, &offset) != napi_ok) return false;
  if (napi_is_detached_arraybuffer(env, buffer, &detached) != napi_ok || detached) return false;
  view.data = data;
  return type == napi_uint8_array && (data != nullptr || view.length == 0);
}

Group* groupOf(napi_env env, napi_value value) {
  bool right = false;
  void* data = nullptr;
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return nullptr;
  if (napi_check_object_type_tag(env, value, &kGroupTag, &right) != napi_ok || !right) return nullptr;
  return napi_get_value_external(env, value, &data) == napi_ok ? static_cast<Group*>(data) : nullptr;
}

/** Called when the environment ends, before what the events call is taken away. */
void abandonGroup(void* data) {
  Group* const group = static_cast<Group*>(data);
  group->abandon();
  group->events().close();
}

void releaseGroup(napi_env env, void* data, void*) {
  napi_remove_env_cleanup_hook(env, abandonGroup, data);
  delete static_cast<Group*>(data);
}

napi_value holdGroup(napi_env env, std::unique_ptr<Group> group) {
  napi_value handle = nullptr;
  if (napi_create_external(env, group.get(), releaseGroup, nullptr, &handle) != napi_ok) return nullptr;
  Group* const held = group.release();
  if (napi_type_tag_object(env, handle, &kGroupTag) != napi_ok) return nullptr;
  // Runs before the events lose their function, for that was made earlier.
  return napi_add_env_cleanup_hook(env, abandonGroup, held) == napi_ok ? handle : nullptr;
}

bool readNumber(napi_env env, napi_value object, const char* name, int& number) {
  napi_value value = nullptr;
  return napi_get_named_property(env, object, name, &value) == napi_ok &&
         napi_get_value_int32(env, value, &number) == napi_ok;
}

bool readText(napi_env env, napi_value object, const char* name, std::string& text) {
  char buffer[kMaxTextBytes];
  std::size_t length = 0;
  napi_value value = nullptr;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return false;
  if (napi_get_value_string_utf8(env, value, buffer, sizeof buffer, &length) != napi_ok) return false;
  text.assign(buffer, length);
  return true;
}

bool readOptions(napi_env env, napi_value object, GroupOptions& options) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env, object, &type) == napi_ok && type == napi_object && readNumber(env, object, "rank", options.rank) && readNumber(env, object, "size", options.size) &&
         readNumber(env, object, "timeoutMs", options.timeoutMs) && readText(env, object, "host", options.host) &&
         readText(env, object, "networkInterface", options.networkInterface) && options.size >= 1 &&
         options.size <= kMaxRanks && options.rank >= 0 && options.rank < options.size && options.timeoutMs >= 1;
}

/** create({rank, size, host, networkInterface, timeoutMs}, listener): a handle, or text that says why not. */
napi_value create(napi_env env, napi_callback_info info) {
  napi_value values[2];
  GroupOptions options{};
  napi_valuetype listener = napi_undefined;
  if (!readArguments(env, info, values) || !readOptions(env, values[0], options) ||
      napi_typeof(env, values[1], &listener) != napi_ok || listener != napi_function) {
    return textOf(env, "arguments of another kind");
  }
  try {
    auto group = std::make_unique<Group>(options);
    if (!group->events().open(env, values[1])) return textOf(env, "no function for events");
    const napi_value handle = holdGroup(env, std::move(group));
    return handle != nullptr ? handle : textOf(env, "no handle");
  } catch (const std::exception& error) {
    return textOf(env, error.what());
  }
}

napi_value bytesOf(napi_env env, const std::vector<char>& bytes) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &data, &buffer) != napi_ok) return nullptr;
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &array);
  return array;
}

/** addresses(handle): bytes for each rank, none for this one; false for what is no handle. */
napi_value addresses(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Group* const group = readArguments(env, info, values) ? groupOf(env, values[0]) : nullptr;
  if (group == nullptr) return booleanOf(env, false);
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return booleanOf(env, false);
  std::uint32_t index = 0;
  for (const auto& each : group->addresses()) napi_set_element(env, list, index++, bytesOf(env, each));
  return list;
}

bool readAddresses(napi_env env, napi_value list, int size, std::vector<std::vector<char>>& result) {
  std::uint32_t length = 0;
  bool isArray = false;
  if (napi_is_array(env, list, &isArray) != napi_ok || !isArray) return false;
  if (napi_get_array_length(env, list, &length) != napi_ok || length != static_cast<std::uint32_t>(size)) return false;
  for (std::uint32_t i = 0; i < length; i++) {
    napi_value element = nullptr;
    View view;
    if (napi_get_element(env, list, i, &element) != napi_ok || !readBytes(env, element, view) ||
        view.length > kMaxAddressBytes) {
      return false;
    }
    const char* const first = static_cast<const char*>(view.data);
    result.emplace_back(first, first + view.length);
  }
  return true;
}

/** connect(handle, addresses): whether it has begun; an event tells how it ended. */
napi_value connect(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Group* const group = readArguments(env, info, values) ? groupOf(env, values[0]) : nullptr;
  std::vector<std::vector<char>> list;
  try {
    const bool begun =
        group != nullptr && readAddresses(env, values[1], group->size(), list) && group->connect(std::move(list));
    return booleanOf(env, begun);
  } catch (const std::exception&) {
    return booleanOf(env, false);
  }
}

/** post(handle, peer, bytes): whether the bytes, of which a copy is taken, are on their way. */
napi_value post(napi_env env, napi_callback_info info) {
  napi_value values[3];
  Group* const group = readArguments(env, info, values) ? groupOf(env, values[0]) : nullptr;
  int peer = -1;
  View view;
  if (group == nullptr || napi_get_value_int32(env, values[1], &peer) != napi_ok ||
      !readBytes(env, values[2], view) || view.length > kMaxMessageBytes) {
    return booleanOf(env, false);
  }
  try {
    Bytes bytes{std::unique_ptr<unsigned char[]>(new unsigned char[view.length]), view.length};
    if (view.length > 0) std::memcpy(bytes.data.get(), view.data, view.length);
    return booleanOf(env, group->post(peer, std::move(bytes)));
  } catch (const std::exception&) {
    return booleanOf(env, false);
  }
}

/** take(handle, bytes): whether they hold what arrived. */
napi_value take(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Group* const group = readArguments(env, info, values) ? groupOf(env, values[0]) : nullptr;
  View view;
  const bool taken =
      group != nullptr && readBytes(env, values[1], view) && group->events().take(view.data, view.length);
  return booleanOf(env, taken);
}

/** keepAlive(handle, whether): whether the process goes on for as long as the group is open. */
napi_value keepAlive(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Group* const group = readArguments(env, info, values) ? groupOf(env, values[0]) : nullptr;
  bool alive = false;
  if (group == nullptr || napi_get_value_bool(env, values[1], &alive) != napi_ok) return booleanOf(env, false);
  group->events().keepAlive(env, alive);
  return booleanOf(env, true);
}

/** close(handle): whether it has begun; an event tells that it is done. */
napi_value close(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Group* const group = readArguments(env, info, values) ? groupOf(env, values[0]) : nullptr;
  try {
    if (group != nullptr) group->close();
  } catch (const std::exception&) {
    group->abandon();
    group->events().tell(EventKind::kClosed, 0);
  }
  return booleanOf(env, group != nullptr);
}

bool define(napi_env env, napi_value object, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) == napi_ok &&
         napi_set_named_property(env, object, name, function) == napi_ok;
}

}  // namespace
}  // namespace dqrm

NAPI_MODULE_INIT() {
  using namespace dqrm;
  napi_value number = nullptr;
  const bool whole = napi_create_int32(env, kInterface, &number) == napi_ok &&
                     napi_set_named_property(env, exports, "interfaceNumber", number) == napi_ok &&
                     define(env, exports, "create", create) && define(env, exports, "addresses", addresses) &&
                     define(env, exports, "connect", connect) && define(env, exports, "post", post) &&
                     define(env, exports, "take", take) &&
                     define(env, exports, "keepAlive", keepAlive) && define(env, exports, "close", close);
  return whole ? exports : nullptr;
}
