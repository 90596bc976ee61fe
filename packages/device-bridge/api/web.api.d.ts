// What @dqrm/device-bridge/web exports. Written by tools/api-report; review the difference, do not edit.

import type { BridgePort, BridgeWorker } from "@dqrm/device-bridge";

export declare function connectWebWorker(worker: Worker): BridgeWorker;

export declare function webPort(): BridgePort;
