#include "scratch.h"

#include <new>

namespace dqrm {
namespace {

constexpr std::align_val_t kAlignment{64};

/** Grows and is never shrunk: kernels are called again with the same sizes. */
struct Scratch {
  void* memory = nullptr;
  std::size_t bytes = 0;
  ~Scratch() { ::operator delete(memory, kAlignment); }
};

thread_local Scratch scratch;

}  // namespace

void* scratchBytes(std::size_t bytes) {
  if (bytes <= scratch.bytes) return scratch.memory;
  ::operator delete(scratch.memory, kAlignment);
  scratch.bytes = 0;
  scratch.memory = ::operator new(bytes, kAlignment, std::nothrow);
  if (scratch.memory != nullptr) scratch.bytes = bytes;
  return scratch.memory;
}

}  // namespace dqrm
