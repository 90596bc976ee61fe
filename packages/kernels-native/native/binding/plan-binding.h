// Offers pools and plans to JavaScript.
#pragma once

#include <node_api.h>

namespace dqrm {

class Pool;

/** Adds the functions of pools and plans to the addon's exports. */
void addPlanBindings(napi_env env, napi_value exports);

/** Gives the pool that createPool returned; null, with an exception pending, for anything else. */
Pool* poolOf(napi_env env, napi_value value);

}  // namespace dqrm
