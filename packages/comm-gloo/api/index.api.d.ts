// What @dqrm/comm-gloo exports. Written by tools/api-report; review the difference, do not edit.

import type { TransportPlugin } from "@dqrm/comm";

export interface GlooOptions {
    readonly networkInterface?: string;
    readonly binary?: string;
}

export declare const MAX_GLOO_RANKS = 128;

export declare const MAX_MESSAGE_BYTES: number;

export declare const gloo: TransportPlugin;

export declare function glooOn(options: GlooOptions): TransportPlugin;
