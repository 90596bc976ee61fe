// What @dqrm/comm-mpi exports. Written by tools/api-report; review the difference, do not edit.

import type { TransportPlugin } from "@dqrm/comm";

export declare const MAX_MESSAGE_BYTES: number;

export interface MpiOptions {
    readonly binary?: string;
}

export declare function abort(exitCode: number): never;

export declare function createMpi({ binary }: MpiOptions): TransportPlugin;

export declare const mpi: TransportPlugin;
