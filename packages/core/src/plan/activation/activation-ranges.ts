import { DqrmError } from "../../errors.ts";
import type { ModelSpec, RangeRule } from "../model-spec.ts";
import { activationCodes, fakeQuantizeActivations } from "./activation-codes.ts";
import { ACTIVATION_RANGE, activationSites, type ActivationSite } from "./activation-sites.ts";

/**
 * Shows one input of a layer to it as its codes would be; a training pass first lets the range follow the input.
 *
 * Answers an array that is valid until the next call: the input itself as long as no range was ever observed.
 *
 * @throws NON_FINITE in training, when an input is NaN or infinite
 */
export type ActivationQuantizer = (x: Float32Array, count: number, training: boolean) => Float32Array;

/** Holds the quantizers of a model's inputs, by stack and layer. */
export interface ActivationQuantizers {
  readonly bottom: readonly (ActivationQuantizer | undefined)[];
  readonly top: readonly (ActivationQuantizer | undefined)[];
  /** Makes the ranges of the last training pass those of the state: a pass that is not applied changes nothing. */
  commit(): void;
}

/**
 * Prepares the quantizers of the inputs that a spec names, over the ranges of a state or a packed model.
 *
 * @shape ranges f32[sites × 3], as ModelState's
 * @cost one copy of each quantized input for `maxBatch` samples
 */
export function createActivationQuantizers(
  spec: ModelSpec,
  ranges: Float32Array,
  maxBatch: number,
): ActivationQuantizers {
  const { activationQuantization } = spec;
  if (activationQuantization === undefined) return { bottom: [], top: [], commit: () => undefined };
  const { bits, range } = activationQuantization;
  const next = ranges.slice();
  const sites = activationSites(spec);
  const prepared = sites.map((site, s): ActivationQuantizer => {
    const place = [ACTIVATION_RANGE * s, ACTIVATION_RANGE * (s + 1)] as const;
    const current = ranges.subarray(...place);
    const followed = next.subarray(...place);
    const quantized = new Float32Array(maxBatch * site.cols);
    return (x, count, training) => {
      if (training) follow(range, current, observe(site, x, count), followed);
      const [min, max, observed] = training ? followed : current;
      if (observed === 0) return x;
      fakeQuantizeActivations(x, count, activationCodes({ min, max }, bits, site.scheme), quantized);
      return quantized;
    };
  });
  const of = (stack: ActivationSite["stack"]): readonly ActivationQuantizer[] =>
    prepared.filter((_, s) => sites[s].stack === stack);
  return {
    bottom: of("bottom"),
    top: of("top"),
    commit() {
      ranges.set(next);
    },
  };
}

interface Extremes {
  readonly min: number;
  readonly max: number;
}

function observe({ layer, stack }: ActivationSite, x: Float32Array, count: number): Extremes {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = x[i];
    if (!Number.isFinite(value)) {
      const what = `input of ${stack}[${layer}]`;
      throw new DqrmError("NON_FINITE", { what, position: i, actual: String(value) });
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function follow(rule: RangeRule, [min, max, observed]: Float32Array, seen: Extremes, to: Float32Array): void {
  const kept = observed === 0 ? 0 : rule.kind === "ema" ? rule.momentum : undefined;
  to[0] = kept === undefined ? Math.min(min, seen.min) : moved(min, seen.min, kept);
  to[1] = kept === undefined ? Math.max(max, seen.max) : moved(max, seen.max, kept);
  to[2] = 1;
}

function moved(bound: number, seen: number, momentum: number): number {
  return bound * momentum + seen * (1 - momentum);
}
