import { serveBridge } from "@dqrm/device-bridge";
import { webPort } from "@dqrm/device-bridge/web";
import { openMethods, type DeviceMethods } from "./bridge/device-methods.ts";
import { readOptions } from "./bridge/read-options.ts";

serveBridge<DeviceMethods>(webPort(), (task) => openMethods(navigator.gpu, readOptions(task)));
