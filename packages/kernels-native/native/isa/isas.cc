#include "isas.h"

#include <cstring>

namespace dqrm {

#if defined(__x86_64__)
namespace avx512bf16 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
#endif
namespace portable {
extern const Kernels kernels;
}

std::vector<const Kernels*> supportedKernels() {
  std::vector<const Kernels*> supported;
#if defined(__x86_64__)
  __builtin_cpu_init();
  // What -march=haswell lets a compiler use; the processors that have the rest of it are the same.
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vnni");
  if (avx512 && __builtin_cpu_supports("avx512bf16")) supported.push_back(&avx512bf16::kernels);
  if (avx512) supported.push_back(&avx512::kernels);
  if (avx2) supported.push_back(&avx2::kernels);
#endif
  supported.push_back(&portable::kernels);
  return supported;
}

const Kernels* kernelsOf(const char* isa) {
  for (const Kernels* kernels : supportedKernels()) {
    if (std::strcmp(kernels->isa, isa) == 0) return kernels;
  }
  return nullptr;
}

}  // namespace dqrm
