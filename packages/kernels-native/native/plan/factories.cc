#include "factories.h"

#include <cstring>

namespace dqrm {

#if defined(__x86_64__)
namespace avx512bf16 { extern const PlanFactories plans; }
namespace avx512 { extern const PlanFactories plans; }
namespace avx2 { extern const PlanFactories plans; }
#endif
namespace portable { extern const PlanFactories plans; }

const PlanFactories* planFactoriesOf(const char* isa) {
  const PlanFactories* all[] = {
#if defined(__x86_64__)
      &avx512bf16::plans, &avx512::plans, &avx2::plans,
#endif
      &portable::plans};
  for (const PlanFactories* plans : all) {
    if (std::strcmp(plans->isa, isa) == 0) return plans;
  }
  return nullptr;
}

}  // namespace dqrm
