import { serveBridge } from "@dqrm/device-bridge";
import { threadPort } from "@dqrm/device-bridge/node";
import { openMethods, type DeviceMethods } from "../bridge/device-methods.ts";
import { readOptions } from "../bridge/read-options.ts";
import { findGpu } from "./find-gpu.ts";

serveBridge<DeviceMethods>(threadPort(), async (task) => {
  const found = await findGpu();
  return "unavailable" in found ? found : openMethods(found, readOptions(task));
});
