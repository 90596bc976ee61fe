// A compiler that accepts this, with the flags of an instruction set, can build the addon.
#include <node_api.h>

#include <atomic>
#include <thread>
#include <vector>

#if __cplusplus < 201703L
#error "C++17 is needed"
#endif

template <auto value>
constexpr auto same() {
  return value;
}
static_assert(same<1>() == 1, "values as parameters of templates");
