import type { Bridge, BridgeArray } from "@dqrm/device-bridge";
import type { Program } from "../device/program.ts";
import type { DeviceMethods } from "./device-methods.ts";

/** Runs programs on a device and waits for them. */
export interface Host {
  readonly shardBytes: number;
  /** Whether shaders can compute in f16. */
  readonly halves: boolean;
  /** Runs a program and writes what it reads back into as many arrays. */
  run(program: Program, into: readonly BridgeArray[]): void;
  /** Allocates a resident buffer, with data at its front, and gives its number. */
  allocate(bytes: number, data?: BridgeArray): number;
  dispose(residents: readonly number[]): void;
  /** Disposes of residents when their owner, who keeps them, is gone; they go with the next call. */
  disposeWith(owner: object, residents: readonly number[]): void;
}

/** Wraps the bridge to a device. */
export function createHost(bridge: Bridge<DeviceMethods>): Host {
  const [shardBytes, halves] = bridge.call("describe", null, []);
  let left: number[] = [];
  // A finalizer may come at any time, and a call inside it would block whatever runs.
  const owners = new FinalizationRegistry<readonly number[]>((residents) => left.push(...residents));

  function sweep(): void {
    if (left.length === 0) return;
    const residents = left;
    left = [];
    bridge.call("dispose", { residents }, []);
  }

  return {
    shardBytes,
    halves: halves !== 0,
    run(program, into) {
      sweep();
      bridge.call("run", program, into);
    },
    allocate(bytes, data) {
      sweep();
      const [resident] = bridge.call("allocate", data === undefined ? { bytes } : { bytes, data }, []);
      return resident;
    },
    dispose(residents) {
      bridge.call("dispose", { residents }, []);
    },
    disposeWith(owner, residents) {
      owners.register(owner, residents);
    },
  };
}
