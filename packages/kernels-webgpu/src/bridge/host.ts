import type { Bridge, BridgeArray } from "@dqrm/device-bridge";
import type { Program } from "../device/program.ts";
import type { DeviceMethods } from "./device-methods.ts";

/** Runs programs on a device and waits for them. */
export interface Host {
  readonly shardBytes: number;
  /** Runs a program and writes what it reads back into as many arrays. */
  run(program: Program, into: readonly BridgeArray[]): void;
  /** Allocates a resident buffer, with data at its front, and gives its number. */
  allocate(bytes: number, data?: BridgeArray): number;
  dispose(residents: readonly number[]): void;
}

/** Wraps the bridge to a device. */
export function createHost(bridge: Bridge<DeviceMethods>): Host {
  const [shardBytes] = bridge.call("describe", null, []);
  return {
    shardBytes,
    run(program, into) {
      bridge.call("run", program, into);
    },
    allocate(bytes, data) {
      const [resident] = bridge.call("allocate", data === undefined ? { bytes } : { bytes, data }, []);
      return resident;
    },
    dispose(residents) {
      bridge.call("dispose", { residents }, []);
    },
  };
}
