// The plans of every instruction set that the addon was compiled for.
#pragma once

#include <memory>

#include "inference.h"
#include "plan.h"

namespace dqrm {

/** Makes the plans of one instruction set; throws std::bad_alloc where memory is short. */
struct PlanFactories {
  const char* isa;
  /** Has an instruction for products of bfloat16 pairs. */
  bool multipliesPairs;
  std::unique_ptr<TrainingPlan> (*createTrainingPlan)(const TrainingModel& model, Pool& pool);
  std::unique_ptr<InferencePlan> (*createInferencePlan)(const InferenceModel& model, Pool& pool);
};

/** Finds the plans of an instruction set by its name; null when the addon was not compiled for it. */
const PlanFactories* planFactoriesOf(const char* isa);

}  // namespace dqrm
