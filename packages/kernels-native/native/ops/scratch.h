// Scratch memory of the calling thread.
#pragma once

#include <cstddef>

namespace dqrm {

/** Gives at least `bytes` bytes, aligned to 64, that stay the calling thread's until its next call; null when there is no memory. */
void* scratchBytes(std::size_t bytes);

}  // namespace dqrm
