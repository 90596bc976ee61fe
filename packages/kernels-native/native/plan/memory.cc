#include "memory.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__linux__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace dqrm {
namespace {

constexpr std::size_t kHugePage = std::size_t{1} << 21;
constexpr std::size_t kCacheLine = 64;

std::size_t roundUp(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/** Small pieces share pages with others; a huge page for each would waste most of it. */
std::size_t alignmentFor(std::size_t bytes) { return bytes >= kHugePage ? kHugePage : kCacheLine; }

}  // namespace

bool adviseHuge(void* begin, std::size_t bytes) {
#if defined(__linux__)
  const std::uintptr_t from = roundUp(reinterpret_cast<std::uintptr_t>(begin), kHugePage);
  const std::uintptr_t to = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / kHugePage * kHugePage;
  return to > from && madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE) == 0;
#else
  (void)begin;
  (void)bytes;
  return false;
#endif
}

void* allocateZeroed(std::size_t bytes) {
  const std::size_t alignment = alignmentFor(bytes);
#if defined(_WIN32)
  void* memory = _aligned_malloc(roundUp(bytes, alignment), alignment);
  if (memory == nullptr) throw std::bad_alloc();
#else
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, roundUp(bytes, alignment)) != 0) throw std::bad_alloc();
#endif
  adviseHuge(memory, roundUp(bytes, alignment));
  std::memset(memory, 0, roundUp(bytes, alignment));
  return memory;
}

void freeZeroed(void* memory, std::size_t) {
#if defined(_WIN32)
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

}  // namespace dqrm
