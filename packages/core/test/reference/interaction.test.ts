import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKernels, reference, type InteractionSpec } from "@dqrm/core";

const kernels = createKernels([reference]);
const spec: InteractionSpec = { kind: "dot", itself: false, vectors: 3, cols: 2 };
const vectors = Float32Array.of(1, 2, 3, 4, 5, 6);

describe("interaction", () => {
  it("gives the first vector and the products below the diagonal, row by row", () => {
    const dst = new Float32Array(5);

    kernels.prepare("interaction", spec)(vectors, dst, 0, 1);

    // v1·v0 = 3+8, v2·v0 = 5+12, v2·v1 = 15+24
    expect([...dst]).toEqual([1, 2, 11, 17, 39]);
  });

  it("includes the diagonal with itself", () => {
    const dst = new Float32Array(8);

    kernels.prepare("interaction", { ...spec, itself: true })(vectors, dst, 0, 1);

    // v0·v0; v1·v0, v1·v1; v2·v0, v2·v1, v2·v2
    expect([...dst]).toEqual([1, 2, 5, 11, 25, 17, 39, 61]);
  });

  it("concatenates all vectors with cat, for its part of the samples", () => {
    const dst = new Float32Array(12);

    kernels.prepare("interaction", { ...spec, kind: "cat" })(
      Float32Array.of(9, 9, 9, 9, 9, 9, ...vectors),
      dst,
      1,
      2,
    );

    expect([...dst]).toEqual([0, 0, 0, 0, 0, 0, ...vectors]);
  });

  it("refuses a result that is too short", () => {
    const interaction = kernels.prepare("interaction", spec);

    expect(() => interaction(vectors, new Float32Array(4), 0, 1)).toThrow(
      "interaction: dst has 4 elements, expected 5",
    );
  });
});

describe("interactionBackward", () => {
  it("equals exact central differences on whole numbers: the interaction is quadratic in each of them", () => {
    const small = fc.integer({ min: -9, max: 9 });
    const cases = fc
      .record({
        kind: fc.constantFrom("dot" as const, "cat" as const),
        itself: fc.boolean(),
        vectors: fc.integer({ min: 1, max: 5 }),
        cols: fc.integer({ min: 1, max: 4 }),
      })
      .chain((shape) => {
        const inputs = 2 * shape.vectors * shape.cols;
        return fc.tuple(
          fc.constant(shape),
          fc.array(small, { minLength: inputs, maxLength: inputs }),
          fc.array(small, { minLength: 80, maxLength: 80 }),
        );
      });
    fc.assert(
      fc.property(cases, fc.nat(), ([shape, values, slopes], pick) => {
        const source = Float32Array.from(values);
        const interaction = kernels.prepare("interaction", shape);
        const pairs = (shape.vectors * (shape.vectors + (shape.itself ? 1 : -1))) / 2;
        const outputs = shape.kind === "cat" ? shape.vectors * shape.cols : shape.cols + pairs;
        const ddst = Float32Array.from(slopes.slice(0, 2 * outputs));
        const dst = new Float32Array(2 * outputs);
        const gradient = new Float32Array(source.length).fill(99);
        const objective = (): number => {
          interaction(source, dst, 0, 2);
          return dst.reduce((sum, value, i) => sum + value * ddst[i], 0);
        };

        kernels.prepare("interactionBackward", shape)(source, ddst, gradient, 0, 2);

        const i = pick % source.length;
        source[i]++;
        const above = objective();
        source[i] -= 2;
        const below = objective();
        expect(gradient[i]).toBe((above - below) / 2);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
