import type { KernelBackend } from "../kernel/backend.ts";
import type { InteractionSpec } from "../kernel/ops.ts";
import { interactionOutputs } from "../reference/interaction.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { interactionLabel, INTERACTIONS } from "./interaction.ts";
import { SAMPLES } from "./linear.ts";
import { guardedFloats, magnitudes, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type BackwardCheck = Check<"interactionBackward">;

const OP = "interactionBackward";

/** Holds the gradients for vectors [1, 2], [3, 4] when the results' gradients count up from 10. */
const KNOWN = [
  { kind: "cat", itself: false, given: [10, 11, 12, 13], expected: [10, 11, 12, 13] },
  { kind: "dot", itself: false, given: [10, 11, 12], expected: [46, 59, 12, 24] },
  // Products (0, 0), (1, 0), (1, 1): v0 gets 2·12·v0 + 13·v1, v1 gets 13·v0 + 2·14·v1.
  { kind: "dot", itself: true, given: [10, 11, 12, 13, 14], expected: [73, 111, 97, 138] },
] as const;

function known(given: readonly number[], expected: readonly number[]): BackwardCheck {
  return {
    name: "two vectors, worked out by hand",
    run(kernel) {
      const dvectors = guardedFloats(4).view;
      kernel(Float32Array.of(1, 2, 3, 4), Float32Array.from(given), dvectors, 0, 1);
      expectSame(dvectors, expected, "dvectors");
    },
  };
}

function agrees(spec: InteractionSpec, name: string, begin: number, end: number): BackwardCheck {
  return {
    name,
    run(kernel) {
      const { cols, kind, vectors } = spec;
      const length = SAMPLES * vectors * cols;
      const source = normals(41, length);
      const ddst = normals(42, SAMPLES * interactionOutputs(spec));
      const expected = guardedFloats(length).view;
      const sums = new Float32Array(length);
      const defining = referenceKernel(OP, spec);
      defining(source, ddst, expected, begin, end);
      defining(magnitudes(source), magnitudes(ddst), sums, begin, end);
      const expectUnchanged = watch({ vectors: source, ddst });
      const { check, view } = guardedFloats(length);

      kernel(source, ddst, view, begin, end);

      // A vector meets each other one, itself twice, and the copy.
      const terms = kind === "cat" ? 0 : vectors + 2;
      expectClose(
        view,
        expected,
        sums.map((sum) => terms * EPSILON * sum),
        "dvectors",
      );
      check();
      expectUnchanged();
    },
  };
}

function refusesShort(spec: InteractionSpec): readonly BackwardCheck[] {
  const inputs = 2 * spec.vectors * spec.cols;
  const sizes = { vectors: inputs, ddst: 2 * interactionOutputs(spec), dvectors: inputs };
  return (["vectors", "ddst", "dvectors"] as const).map((short): BackwardCheck => {
    return {
      name: `refuses ${short} that is too short`,
      run(kernel) {
        const lengths = { ...sizes, [short]: sizes[short] - 1 };
        const [source, ddst, dvectors] = [lengths.vectors, lengths.ddst, lengths.dvectors].map(
          (n) => new Float32Array(n),
        );
        expectRefusal("SHAPE", () => {
          kernel(source, ddst, dvectors, 0, 2);
        });
      },
    };
  });
}

/** Yields the checks of interactionBackward; a sum of n products may err by n·ε·Σ|term|. */
export function* interactionBackwardCases(backend: KernelBackend): Generator<ConformanceCase> {
  for (const { expected, given, itself, kind } of KNOWN) {
    const spec = { kind, itself, vectors: 2, cols: 2 };
    const checks = [known(given, expected)];
    yield* opCases(backend, { op: OP, spec, label: interactionLabel(spec), checks });
  }
  for (const spec of INTERACTIONS) {
    const checks = [
      agrees(spec, "a batch", 0, SAMPLES),
      agrees(spec, "a part of the samples leaves the rest untouched", 1, 4),
      ...refusesShort(spec),
    ];
    yield* opCases(backend, { op: OP, spec, label: interactionLabel(spec), checks });
  }
}
