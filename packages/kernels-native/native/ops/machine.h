// What the machine could do at best: products in registers, and reading in order.
#pragma once

#include "../gemm/tile.h"
#include "arguments.h"

namespace dqrm {
namespace DQRM_ISA {

/** Independent sums enough to fill two multipliers of four cycles each, with some to spare. */
constexpr int kChains = 12;

static double multiplyAndAdd(Count rounds) {
  Vector sums[kChains];
  // Unrolled like the loop below: an array that one loop indexes lives in memory in all of them.
#pragma GCC unroll 16
  for (int i = 0; i < kChains; i++) sums[i] = splat(static_cast<float>(i) * 1e-3f);
  const Vector factor = splat(0.999f);
  const Vector term = splat(1e-3f);
  for (Count round = 0; round < rounds; round++) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; i++) {
      sums[i] = fma(sums[i], factor, term);
#if defined(__x86_64__)
      // In a register, whatever the compiler thinks: it would keep some of the sums in memory.
      asm volatile("" : "+x"(sums[i]));
#elif defined(__aarch64__)
      asm volatile("" : "+w"(sums[i]));
#endif
    }
  }
  Vector all = zero();
#pragma GCC unroll 16
  for (int i = 0; i < kChains; i++) all = add(all, sums[i]);
  // Without a use of the result there would be nothing to do.
  const bool used = reduceAdd(all) > 0;
  return used ? static_cast<double>(rounds) * kChains * kLanes * 2 : 0;
}

static float readAll(const float* data, Count length) {
  Vector a = zero();
  Vector b = zero();
  Vector c = zero();
  Vector d = zero();
  for (Count i = 0; i + 4 * kLanes <= length; i += 4 * kLanes) {
    a = add(a, load(data + i));
    b = add(b, load(data + i + kLanes));
    c = add(c, load(data + i + 2 * kLanes));
    d = add(d, load(data + i + 3 * kLanes));
  }
  return reduceAdd(add(add(a, b), add(c, d)));
}

}  // namespace DQRM_ISA
}  // namespace dqrm
