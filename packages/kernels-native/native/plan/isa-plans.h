// Makes the plans of one instruction set.
#pragma once

#include <memory>

#include "plan.h"
#include "training-plan.h"

namespace dqrm {
namespace DQRM_ISA {

static std::unique_ptr<TrainingPlan> createTrainingPlan(const TrainingModel& model, Pool& pool) {
  return std::make_unique<FusedTrainingPlan>(model, pool);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
