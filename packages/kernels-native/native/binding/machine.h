// Measures what the machine could do at best.
#pragma once

#include "../ops/kernels.h"

namespace dqrm {

/** Measures 10⁹ products and sums a second of `threads` threads; 0 when there were none. */
double fmaGigaflops(const Kernels& kernels, int threads);

/** Measures 10⁹ bytes a second that `threads` threads read from memory in order; 0 when there is none to read. */
double readGigabytes(const Kernels& kernels, int threads);

/** Measures the nanoseconds until `threads` threads have met; 0 for one. */
double barrierNanoseconds(const Kernels& kernels, int threads);

}  // namespace dqrm
