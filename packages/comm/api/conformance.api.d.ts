// What @dqrm/comm/conformance exports. Written by tools/api-report; review the difference, do not edit.

import type { GradientCodec, SummableCodec, Transport } from "@dqrm/comm";

export interface CodecPromise {
    readonly rows: "any" | "all";
    readonly relativeError: number;
    readonly errorRelativeTo?: "row" | "gradient";
    readonly absoluteError?: number;
    readonly unbiased: boolean;
    readonly detectsDamage: boolean;
}

export interface ConformanceCase {
    readonly name: string;
    readonly skip?: string;
    run(): void | Promise<void>;
}

export type OpenGroup = (size: number) => Promise<readonly Transport[]>;

export declare function codecConformance(codec: GradientCodec | SummableCodec, promise: CodecPromise): Generator<ConformanceCase>;

export declare function transportConformance(name: string, open: OpenGroup): Generator<ConformanceCase>;
