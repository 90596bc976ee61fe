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

}  // namespace DQRM_ISA
}  // namespace dqrm
