import { DqrmError } from "../../errors.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import { roundHalfEven } from "../../reference/quantize-value.ts";
import { activationCodes, type ActivationCodes } from "../activation/activation-codes.ts";
import { ACTIVATION_RANGE, activationSites } from "../activation/activation-sites.ts";
import type { LinearStack } from "../linear-stack.ts";
import type { LayerSpec, ModelSpec } from "../model-spec.ts";
import type { PackedModel } from "../plan.ts";
import { fixedPoint, multiplyFixedPoint, type FixedPoint } from "./fixed-point.ts";
import { integerLayer, integerSums, type IntegerLayer } from "./integer-layer.ts";

interface PreparedLayer extends IntegerLayer {
  readonly spec: LayerSpec;
  readonly sums: Int32Array;
  /** What turns the sums of an output into the next layer's codes; undefined for the last layer. */
  readonly next: { readonly codes: ActivationCodes; readonly factors: readonly FixedPoint[] } | undefined;
}

/**
 * Prepares a stack whose layers multiply codes, add in 32 bits and hand codes on by fixed-point factors: floats come in
 * and go out, and there is none between.
 *
 * The codes of a layer differ by at most 1 from those of the layer in floats over the same input codes, as long as a step
 * of the sums is no larger than one of the codes; a bias, rounded to a step of the sums, then moves a code by half at most.
 *
 * @throws UNSUPPORTED unless activations are quantized at every layer, were observed, and the weights are packed in
 *         symmetric codes of 2 to 8 bits; LIMIT as integerLayer
 * @source Jacob et al. 2018; the authors' integer-only requantization
 */
export function createIntegerStack(
  model: PackedModel,
  name: "bottom" | "top",
  kernels: Kernels,
  maxBatch: number,
): LinearStack {
  const inputs = inputCodes(model, name);
  const specs = model.spec[name];
  const layers = specs.map((spec, k): PreparedLayer => {
    const layer = integerLayer(model[name][k], spec, inputs[k], kernels);
    const codes = outputCodes(spec, inputs.at(k + 1));
    const factors = codes && [...layer.step].map((step) => fixedPoint(step / codes.scale));
    const next = codes && factors && { codes, factors };
    return { ...layer, spec, sums: new Int32Array(maxBatch * spec.outputs), next };
  });
  const codes = specs.map((spec) => new Int32Array(maxBatch * spec.inputs));
  const output = new Float32Array(maxBatch * specs[specs.length - 1].outputs);
  return {
    outputGradient: output,
    forward(x, size) {
      quantizeInput(name, x, inputs[0], codes[0].subarray(0, size * specs[0].inputs));
      for (let k = 0; k < layers.length; k++) {
        const layer = layers[k];
        integerSums(layer, codes[k], layer.sums, size);
        if (layer.next === undefined) toFloats(layer, output, size);
        else requantize(layer.sums, layer.next, codes[k + 1], size);
      }
      return output;
    },
    backward: () => undefined,
  };
}

function inputCodes(
  { activationRanges, spec }: PackedModel,
  name: "bottom" | "top",
): readonly ActivationCodes[] {
  const { activationQuantization } = spec;
  const layers = spec[name];
  if (activationQuantization?.at !== "layers" || activationRanges === undefined) {
    throw unsupported("activations that are not quantized at every layer");
  }
  if (hasSigmoid(spec)) throw unsupported("a sigmoid between layers");
  const codes = activationSites(spec).flatMap(({ scheme, stack }, s): ActivationCodes[] => {
    if (stack !== name) return [];
    const [min, max, observed] = activationRanges.subarray(ACTIVATION_RANGE * s);
    if (observed === 0) throw unsupported("activations whose range was never observed");
    return [activationCodes({ min, max }, activationQuantization.bits, scheme)];
  });
  return codes.slice(0, layers.length);
}

function hasSigmoid({ bottom, top }: ModelSpec): boolean {
  return [...bottom, ...top].some(({ activation }) => activation === "sigmoid");
}

function unsupported(what: string): DqrmError<"UNSUPPORTED"> {
  return new DqrmError("UNSUPPORTED", { op: "products in codes", spec: what, tried: ["reference"] });
}

function quantizeInput(
  name: string,
  x: Float32Array,
  { high, low, scale }: ActivationCodes,
  codes: Int32Array,
): void {
  const inverse = Math.fround(1 / scale);
  for (let i = 0; i < codes.length; i++) {
    if (!Number.isFinite(x[i])) {
      throw new DqrmError("NON_FINITE", { what: `input of ${name}[0]`, position: i, actual: String(x[i]) });
    }
    codes[i] = Math.min(Math.max(roundHalfEven(Math.fround(inverse * x[i])), low), high);
  }
}

/** A code has the sign of what it stands for: the ReLU is part of clamping it. */
function outputCodes(
  { activation }: LayerSpec,
  codes: ActivationCodes | undefined,
): ActivationCodes | undefined {
  return codes && activation === "relu" ? { ...codes, low: Math.max(codes.low, 0) } : codes;
}

function requantize(
  sums: Int32Array,
  { codes: { high, low }, factors }: NonNullable<PreparedLayer["next"]>,
  codes: Int32Array,
  size: number,
): void {
  for (let i = 0; i < size * factors.length; i++) {
    codes[i] = Math.min(Math.max(multiplyFixedPoint(sums[i], factors[i % factors.length]), low), high);
  }
}

function toFloats({ spec, step, sums }: PreparedLayer, output: Float32Array, size: number): void {
  for (let i = 0; i < size * spec.outputs; i++) {
    const value = sums[i] * step[i % spec.outputs];
    output[i] = spec.activation === "relu" ? Math.max(value, 0) : value;
  }
}
