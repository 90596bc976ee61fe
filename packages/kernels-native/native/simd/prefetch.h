// Lines of memory that will be read soon.
#pragma once

#include "vector.h"

namespace dqrm {
namespace DQRM_ISA {

/**
 * Asks for the line that holds `p`.
 *
 * The empty statement has an effect as far as gcc 12 knows: it takes a function that only prefetches for one that does
 * nothing, and leaves its calls out.
 */
DQRM_INLINE void prefetchLine(const void* p) {
  __builtin_prefetch(p);
  asm volatile("");
}

/** Floats of a cache line. */
constexpr int kLine = 16;

/** Asks for the lines of numbers that will be written; another core that has them gives them up meanwhile. */
DQRM_INLINE void expectWrites(const float* p, int count) {
  for (int i = 0; i < count; i += kLine) __builtin_prefetch(p + i, 1);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
