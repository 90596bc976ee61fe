// Offers the serving of packed models to JavaScript.
#pragma once

#include <node_api.h>

namespace dqrm {

/** Adds createInference to the addon's exports. */
void addInferenceBindings(napi_env env, napi_value exports);

}  // namespace dqrm
