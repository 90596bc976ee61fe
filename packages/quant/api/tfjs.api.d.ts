// What @dqrm/quant/tfjs exports. Written by tools/api-report; review the difference, do not edit.

import type { BitWidth } from "@dqrm/core";

import type { StraightThrough } from "@dqrm/quant";

export interface FakeQuantOptions {
    readonly bits: TensorBits;
    readonly share: ScaleShare;
    readonly gradient: StraightThrough;
    readonly scale?: Tensor;
}

export type ScaleShare = {
    readonly kind: "tensor";
} | {
    readonly kind: "channel";
    readonly axis: number;
};

export type TensorBits = Exclude<BitWidth, 1>;

export declare function absmaxScale(x: Tensor, { bits, share }: {
    readonly bits: TensorBits;
    readonly share: ScaleShare;
}): Tensor;

export declare function fakeQuant(x: Tensor, options: FakeQuantOptions): Tensor;
