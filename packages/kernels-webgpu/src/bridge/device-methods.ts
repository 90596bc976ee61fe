import type { BridgeArray, BridgeReply } from "@dqrm/device-bridge";
import type { DeviceOptions, NoDevice } from "../device/device-options.ts";
import { openDevice } from "../device/open-device.ts";
import type { Program } from "../device/program.ts";

/** Lists what a worker does with its device. */
export interface DeviceMethods {
  describe(request: null): Promise<BridgeReply>;
  allocate(request: { readonly bytes: number; readonly data?: BridgeArray }): Promise<BridgeReply>;
  dispose(request: { readonly residents: readonly number[] }): Promise<BridgeReply>;
  run(request: Program): Promise<BridgeReply>;
  /** Gives the device up, as a driver that fails would. */
  destroy(request: null): Promise<BridgeReply>;
}

/** Opens a device, and gives what a bridge calls. */
export async function openMethods(
  gpu: GPU | undefined,
  options: DeviceOptions,
): Promise<{ readonly methods: DeviceMethods } | NoDevice> {
  const device = await openDevice(gpu, options);
  if ("unavailable" in device) return device;
  const methods: DeviceMethods = {
    describe: () => Promise.resolve({ numbers: [device.shardBytes, device.halves ? 1 : 0] }),
    async allocate({ bytes, data }) {
      return { numbers: [await device.allocate(bytes, data)] };
    },
    dispose({ residents }) {
      residents.forEach(device.dispose);
      return Promise.resolve({});
    },
    run: async (program) => ({ arrays: await device.run(program) }),
    destroy() {
      device.destroy();
      return Promise.resolve({});
    },
  };
  return { methods };
}
