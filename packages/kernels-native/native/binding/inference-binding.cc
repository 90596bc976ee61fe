#include "inference-binding.h"

#include <memory>
#include <new>

#include "../plan/factories.h"
#include "handles.h"
#include "inference-arguments.h"
#include "plan-binding.h"

namespace dqrm {
namespace {

/** Place of the predictions among the arrays of a batch, where training has its labels. */
constexpr int kPredictionSlot = 1;

/** A plan with the arrays that it works on next. */
struct Inference {
  std::unique_ptr<InferencePlan> plan;
  BoundBatch batch;
  Array<float> predictions;
  /** Where the sample and the logit of a refusal go. */
  double* refused;
};

/** The functions of a plan share it: it ends with the last of them. */
using SharedInference = std::shared_ptr<Inference>;

/** A call of a plan's function: the plan comes with the function, so that none can be given in its place. */
template <std::size_t count>
struct InferenceCall {
  InferenceCall(napi_env env, napi_callback_info info) {
    std::size_t given = count;
    void* data = nullptr;
    napi_get_cb_info(env, info, &given, values, nullptr, &data);
    inference = static_cast<SharedInference*>(data)->get();
  }
  Inference* inference;
  napi_value values[count] = {};
};

napi_value bindArray(napi_env env, napi_callback_info info) {
  const InferenceCall<2> call(env, info);
  std::int32_t slot = -1;
  napi_get_value_int32(env, call.values[0], &slot);
  if (slot == kPredictionSlot) call.inference->predictions = arrayOf<float>(env, call.values[1]);
  else if (slot >= 0) call.inference->batch.bind(env, static_cast<std::size_t>(slot), call.values[1]);
  return nullptr;
}

napi_value infer(napi_env env, napi_callback_info info) {
  const InferenceCall<1> call(env, info);
  Inference& inference = *call.inference;
  std::int32_t size = 0;
  napi_get_value_int32(env, call.values[0], &size);
  Status status = Status::badSample;
  if (inference.batch.fits(size, false) && inference.predictions.length >= static_cast<std::size_t>(size)) {
    try {
      status = inference.plan->infer(inference.batch.batch(), inference.predictions.data);
    } catch (const std::bad_alloc&) {
      return failed(env, "no memory for the indices of a batch");
    }
  }
  if (status == Status::notFinite) {
    const RefusedLogit refused = inference.plan->refused();
    inference.refused[0] = refused.sample;
    inference.refused[1] = refused.logit;
  }
  napi_value result;
  napi_create_int32(env, static_cast<std::int32_t>(status), &result);
  return result;
}

napi_value takeStages(napi_env env, napi_callback_info info) {
  const InferenceCall<1> call(env, info);
  const Array<double> seconds = arrayOf<double>(env, call.values[0]);
  if (seconds.length < kStages) return failed(env, "the stages need more room");
  call.inference->plan->takeStages(seconds.data);
  return nullptr;
}

bool addFunction(napi_env env, napi_value to, const char* name, napi_callback callback, const SharedInference& inference) {
  auto share = std::make_unique<SharedInference>(inference);
  const auto release = [](napi_env, void* data, void*) { delete static_cast<SharedInference*>(data); };
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, share.get(), &function) != napi_ok) return false;
  if (napi_add_finalizer(env, function, share.get(), release, nullptr, nullptr) != napi_ok) return false;
  share.release();
  return napi_set_named_property(env, to, name, function) == napi_ok;
}

napi_value property(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  napi_get_named_property(env, object, name, &value);
  return value;
}

napi_value createInference(napi_env env, napi_callback_info info) {
  const Arguments<4> given(env, info);
  Pool* pool = poolOf(env, given[1]);
  if (pool == nullptr) return nullptr;
  const PlanFactories* factories = planFactoriesOf(given.text(0).c_str());
  if (factories == nullptr) return failed(env, "plans of an unknown instruction set were asked for");
  try {
    ServedModelReader reader(env, property(env, given[2], "numbers"), property(env, given[2], "arrays"));
    const InferenceModel model = reader.inferenceModel();
    const Array<double> refused = arrayOf<double>(env, given[3]);
    if (!reader.complete() || refused.length < 2) return failed(env, "a model's arrays do not fit its numbers");
    const auto inference = std::make_shared<Inference>();
    inference->batch = BoundBatch(model.features.size(), model.denseFeatures, model.maxBatch);
    inference->refused = refused.data;
    inference->plan = factories->createInferencePlan(model, *pool);
    napi_value functions;
    if (napi_create_object(env, &functions) != napi_ok || !addFunction(env, functions, "bind", bindArray, inference) ||
        !addFunction(env, functions, "infer", infer, inference) ||
        !addFunction(env, functions, "takeStages", takeStages, inference)) {
      return failed(env, "the functions of a plan could not be made");
    }
    return functions;
  } catch (const std::bad_alloc&) {
    return failed(env, "no memory for a plan");
  }
}

}  // namespace

void addInferenceBindings(napi_env env, napi_value exports) {
  const napi_property_descriptor function = method("createInference", createInference);
  napi_define_properties(env, exports, 1, &function);
}

}  // namespace dqrm
