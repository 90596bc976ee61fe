import { serveBridge } from "@dqrm/device-bridge";
import { threadPort } from "@dqrm/device-bridge/node";
import { attemptImport } from "../attempt-import.ts";
import type { OpMethods } from "../bridge/op-methods.ts";
import { provideWebgpu } from "./provide-webgpu.ts";

serveBridge<OpMethods>(threadPort(), async () => {
  const obstacle = await provideWebgpu();
  if (obstacle !== undefined) return { unavailable: obstacle };
  // The package registers its backend only where it finds navigator.gpu.
  const opened = await attemptImport(
    () => import("../bridge/open-methods.ts"),
    "@tensorflow/tfjs-backend-webgpu",
  );
  return typeof opened === "string" ? { unavailable: opened } : opened.openMethods();
});
