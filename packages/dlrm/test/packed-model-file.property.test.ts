import { createKernels, DqrmError, reference, type ModelSpec, type TableQuantization } from "@dqrm/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeModelState,
  decodePackedModel,
  encodeModelState,
  encodePackedModel,
  joinBytes,
  packModel,
} from "../src/index.ts";
import { mixedSpec, randomState, smallSpec, stateBits } from "./model-cases.ts";

const kernels = createKernels([reference]);
const bits = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 16);
const granularity = fc.oneof(
  fc.constant({ kind: "table" } as const),
  fc.constant({ kind: "row" } as const),
  fc.integer({ min: 1, max: 6 }).map((groupCols) => ({ kind: "group", groupCols }) as const),
);
const quantization: fc.Arbitrary<TableQuantization> = fc.oneof(
  fc.constant({ kind: "none" } as const),
  fc.record({
    kind: fc.constant("fake" as const),
    bits,
    granularity,
    refresh: fc.constant({ kind: "every-step" } as const),
  }),
);

const layerOptions: readonly Partial<ModelSpec>[] = [
  {},
  { activationQuantization: { bits: 8, at: "stacks", range: { kind: "running" } } },
  { activationQuantization: { bits: 12, at: "layers", range: { kind: "ema", momentum: 0.95 } } },
  {
    interaction: { kind: "dot", itself: false, bits: 16 },
    regularization: { l2: 0.5, dropout: { rate: 0.25, seed: 9 } },
  },
];

test("a packed model of any formats is read back as it was written", () => {
  fc.assert(
    fc.property(fc.tuple(quantization, quantization), fc.nat({ max: 1000 }), (quantizations, seed) => {
      const spec = smallSpec(quantizations, layerOptions[seed % layerOptions.length]);
      const state = randomState(spec, seed);
      state.activationRanges.forEach((_, i) => (state.activationRanges[i] = i - seed));
      const model = packModel(spec, state, kernels);

      const decoded = decodePackedModel("f", joinBytes(encodePackedModel(model).parts));

      expect(decoded).toEqual(model);
    }),
    { seed: 1, numRuns: 40 },
  );
});

test("a state of any optimizer is read back as it was written", () => {
  const optimizers = fc.constantFrom(
    { kind: "sgd" } as const,
    { kind: "adagrad", epsilon: 1e-10 } as const,
    { kind: "rowwise-adagrad", epsilon: 0 } as const,
  );
  fc.assert(
    fc.property(optimizers, fc.nat({ max: 1000 }), (optimizer, step) => {
      const spec = { ...mixedSpec(optimizer), ...layerOptions[step % layerOptions.length] };
      const state = randomState(spec, step);
      state.activationRanges.forEach((_, i) => (state.activationRanges[i] = i - step));
      const { model, optimizer: rest } = encodeModelState(spec, state);

      const bytes = { source: "c", model: joinBytes(model.parts), optimizer: joinBytes(rest.parts) };
      const decoded = decodeModelState(bytes, step);

      expect(decoded.spec).toEqual(spec);
      expect(decoded.state.step).toBe(step);
      expect(stateBits(spec, decoded.state)).toEqual(stateBits(spec, state));
    }),
    { seed: 2, numRuns: 20 },
  );
});

test("any change of the header decodes or fails with a typed error", () => {
  const spec = mixedSpec({ kind: "sgd" });
  const { layout, parts } = encodePackedModel(packModel(spec, randomState(spec, 1), kernels));
  const file = joinBytes(parts);
  // Letters, digits and marks of JSON reach further than random bytes, most of which are no UTF-8.
  const text = fc.constantFrom(...new TextEncoder().encode('0123456789{}[]",:.-eabtnul'));
  const change = fc.tuple(fc.integer({ min: 0, max: layout.header.length - 1 }), text);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = file.slice();
      for (const [position, byte] of changes) bytes[position] = byte;

      try {
        decodePackedModel("f", bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DqrmError);
      }
    }),
    { seed: 3, numRuns: 2000 },
  );
});
