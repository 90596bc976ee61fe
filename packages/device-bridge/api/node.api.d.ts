// What @dqrm/device-bridge/node exports. Written by tools/api-report; review the difference, do not edit.

import type { BridgePort, BridgeWorker } from "@dqrm/device-bridge";

export declare function connectThread(worker: Worker): BridgeWorker;

export declare function threadPort(): BridgePort;
