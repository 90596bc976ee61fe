// The plans of one instruction set. The build compiles this file once for each, with its flags and its name.
#include "../plan/factories.h"
#include "../plan/inference-plan.h"
#include "../plan/training-plan.h"

#define DQRM_TEXT_OF(name) #name
#define DQRM_TEXT(name) DQRM_TEXT_OF(name)

namespace dqrm {
namespace DQRM_ISA {

static std::unique_ptr<TrainingPlan> createTrainingPlan(const TrainingModel& model, Pool& pool) {
  return std::make_unique<FusedTrainingPlan>(model, pool);
}

static std::unique_ptr<InferencePlan> createInferencePlan(const InferenceModel& model, Pool& pool) {
  if (model.wholeProducts) return std::make_unique<FusedInferencePlan<Int8Layers>>(model, pool);
  return std::make_unique<FusedInferencePlan<FloatLayers>>(model, pool);
}

extern const PlanFactories plans;
const PlanFactories plans = {DQRM_TEXT(DQRM_ISA), kMultipliesPairs, createTrainingPlan, createInferencePlan};

}  // namespace DQRM_ISA
}  // namespace dqrm
