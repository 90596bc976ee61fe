import type { BridgeReply } from "@dqrm/device-bridge";
import type { Numbers, TensorOpName, TensorOpSpecs } from "../runtime/op-runner.ts";

/** Asks for the results of one op. */
export interface OpRequest<K extends TensorOpName = TensorOpName> {
  readonly op: K;
  readonly spec: TensorOpSpecs[K];
  readonly from: readonly Numbers[];
}

/** Lists what the worker of a backend that answers later does. */
export interface OpMethods {
  run(request: OpRequest): Promise<BridgeReply>;
}
