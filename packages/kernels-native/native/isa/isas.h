// The instruction sets for which kernels were compiled into this addon.
#pragma once

#include <vector>

#include "../ops/kernels.h"

namespace dqrm {

/** Lists the kernels that this processor can run, the widest vectors first. */
std::vector<const Kernels*> supportedKernels();

/** Gives the kernels of an instruction set by its name; null when this processor or this build lacks it. */
const Kernels* kernelsOf(const char* isa);

}  // namespace dqrm
