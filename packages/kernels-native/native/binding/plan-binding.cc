#include "plan-binding.h"

#include <memory>
#include <new>
#include <string>

#include "../plan/factories.h"
#include "handles.h"
#include "inference-binding.h"
#include "plan-arguments.h"

namespace dqrm {
namespace {

constexpr napi_type_tag kPoolTag = {0x6471726d706f6f6cULL, 1};
constexpr napi_type_tag kTrainingTag = {0x6471726d7472616eULL, 1};

/** A plan with the arrays of the batch that it works on next. */
struct Training {
  std::unique_ptr<TrainingPlan> plan;
  BoundBatch batch;
  double* meanLoss;
};

napi_value createPool(napi_env env, napi_callback_info info) {
  const Arguments<1> given(env, info);
  try {
    return hold(env, std::make_unique<Pool>(given.integer(0)), kPoolTag);
  } catch (const std::bad_alloc&) {
    return failed(env, "no memory for a pool of threads");
  }
}

napi_value poolThreads(napi_env env, napi_callback_info info) {
  const Arguments<1> given(env, info);
  const Pool* pool = poolOf(env, given[0]);
  return pool == nullptr ? nullptr : numberFrom(env, pool->threads());
}

/**
 * Pairs where they are faster: on AMD from Zen 4 a product of pairs takes as long as one of floats, on Intel up to
 * Emerald Rapids four times as long.
 */
bool pairsAreBest(const PlanFactories& factories) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return factories.multipliesPairs && __builtin_cpu_is("amd");
#else
  (void)factories;
  return false;
#endif
}

/** Chooses the form of products that was asked for; false where this instruction set has none. */
bool chooseProducts(const PlanFactories& factories, int asked, Products* products) {
  const bool pairs = asked == 3 || (asked == 1 && pairsAreBest(factories));
  *products = asked == 0 ? Products::float32 : pairs ? Products::bfloat16Pairs : Products::bfloat16Rounded;
  return !pairs || factories.multipliesPairs;
}

napi_value createTraining(napi_env env, napi_callback_info info) {
  const Arguments<4> given(env, info);
  Pool* pool = poolOf(env, given[1]);
  if (pool == nullptr) return nullptr;
  const PlanFactories* factories = planFactoriesOf(given.text(0).c_str());
  if (factories == nullptr) return failed(env, "plans of an unknown instruction set were asked for");
  ModelReader reader(env, given[2], given[3]);
  TrainingModel model = reader.trainingModel();
  double* meanLoss = reader.meanLoss();
  if (!reader.complete()) return failed(env, "a model's arrays do not fit its numbers");
  if (!chooseProducts(*factories, reader.products(), &model.products)) return failed(env, "no products of pairs here");
  try {
    auto training = std::make_unique<Training>();
    training->batch = BoundBatch(model.features.size(), model.denseFeatures, model.maxBatch);
    training->meanLoss = meanLoss;
    training->plan = factories->createTrainingPlan(model, *pool);
    return hold(env, std::move(training), kTrainingTag);
  } catch (const std::bad_alloc&) {
    return failed(env, "no memory for a plan");
  }
}

napi_value bindTrainingArray(napi_env env, napi_callback_info info) {
  const Arguments<3> given(env, info);
  Training* training = held<Training>(env, given[0], kTrainingTag);
  if (training != nullptr) training->batch.bind(env, static_cast<std::size_t>(given.integer(1)), given[2]);
  return nullptr;
}

napi_value trainStep(napi_env env, napi_callback_info info) {
  const Arguments<3> given(env, info);
  Training* training = held<Training>(env, given[0], kTrainingTag);
  if (training == nullptr) return nullptr;
  if (!training->batch.fits(given.integer(1), true)) return numberFrom(env, static_cast<int>(Status::badSample));
  try {
    const float rate = static_cast<float>(given.number(2));
    return numberFrom(env, static_cast<int>(training->plan->step(training->batch.batch(), rate, training->meanLoss)));
  } catch (const std::bad_alloc&) {
    return failed(env, "no memory for the activations of a batch");
  }
}

napi_value inferTraining(napi_env env, napi_callback_info info) {
  const Arguments<3> given(env, info);
  Training* training = held<Training>(env, given[0], kTrainingTag);
  if (training == nullptr) return nullptr;
  const Array<float> dst = arrayOf<float>(env, given[2]);
  const int size = given.integer(1);
  if (!training->batch.fits(size, false) || dst.length < static_cast<std::size_t>(size)) {
    return numberFrom(env, static_cast<int>(Status::badSample));
  }
  try {
    return numberFrom(env, static_cast<int>(training->plan->infer(training->batch.batch(), dst.data)));
  } catch (const std::bad_alloc&) {
    return failed(env, "no memory for the activations of a batch");
  }
}

template <void (TrainingPlan::*method)()>
napi_value callTraining(napi_env env, napi_callback_info info) {
  const Arguments<1> given(env, info);
  Training* training = held<Training>(env, given[0], kTrainingTag);
  if (training != nullptr) (training->plan.get()->*method)();
  return nullptr;
}

napi_value takeTrainingStages(napi_env env, napi_callback_info info) {
  const Arguments<2> given(env, info);
  Training* training = held<Training>(env, given[0], kTrainingTag);
  const Array<double> seconds = arrayOf<double>(env, given[1]);
  if (training == nullptr || seconds.length < kStages) return failed(env, "the stages need more room");
  training->plan->takeStages(seconds.data);
  return nullptr;
}

}  // namespace

Pool* poolOf(napi_env env, napi_value value) { return held<Pool>(env, value, kPoolTag); }

void addPlanBindings(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      method("createPool", createPool),
      method("poolThreads", poolThreads),
      method("createTraining", createTraining),
      method("bindTrainingArray", bindTrainingArray),
      method("trainStep", trainStep),
      method("inferTraining", inferTraining),
      method("importLayers", callTraining<&TrainingPlan::importLayers>),
      method("exportLayers", callTraining<&TrainingPlan::exportLayers>),
      method("scanRanges", callTraining<&TrainingPlan::scanRanges>),
      method("takeTrainingStages", takeTrainingStages),
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  addInferenceBindings(env, exports);
}

}  // namespace dqrm
