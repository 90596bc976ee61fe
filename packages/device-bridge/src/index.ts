export type { Bridge, BridgeCalls, BridgeMethods, BridgeReply } from "./bridge.ts";
export type { BridgeArray } from "./bridge-array.ts";
export type { BridgeFailure } from "./failure.ts";
export { openBridge, type BridgeOptions, type NoBridge } from "./open-bridge.ts";
export { serveBridge, type BridgeOpener, type BridgePort } from "./serve-bridge.ts";
export type { BridgeWorker } from "./worker.ts";
