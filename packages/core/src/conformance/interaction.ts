import type { KernelBackend } from "../kernel/backend.ts";
import type { InteractionSpec } from "../kernel/ops.ts";
import { interactionOutputs } from "../reference/interaction.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { SAMPLES } from "./linear.ts";
import { guardedFloats, magnitudes, normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type InteractionCheck = Check<"interaction">;

/** Lists the interactions that the kit tries. */
export const INTERACTIONS: readonly InteractionSpec[] = [1, 2, 3, 6].flatMap((vectors) =>
  [1, 3, 4, 17].flatMap((cols) => [
    { kind: "cat" as const, itself: false, vectors, cols },
    { kind: "dot" as const, itself: false, vectors, cols },
    { kind: "dot" as const, itself: true, vectors, cols },
  ]),
);

/** Names an interaction in case names. */
export function interactionLabel({ kind, itself, vectors, cols }: InteractionSpec): string {
  return `${kind}${itself ? " with itself" : ""} of ${vectors} vectors cols=${cols}`;
}

/** Holds the results for three vectors [1, 2], [3, 4], [5, 7]. */
const KNOWN = [
  { kind: "cat", itself: false, expected: [1, 2, 3, 4, 5, 7] },
  { kind: "dot", itself: false, expected: [1, 2, 11, 19, 43] },
  { kind: "dot", itself: true, expected: [1, 2, 5, 11, 25, 19, 43, 74] },
] as const;

function known(expected: readonly number[]): InteractionCheck {
  return {
    name: "three vectors, worked out by hand",
    run(kernel) {
      const dst = guardedFloats(expected.length).view;
      kernel(Float32Array.of(1, 2, 3, 4, 5, 7), dst, 0, 1);
      expectSame(dst, expected, "dst");
    },
  };
}

function agrees(spec: InteractionSpec, name: string, begin: number, end: number): InteractionCheck {
  return {
    name,
    run(kernel) {
      const { cols, kind, vectors } = spec;
      const outputs = interactionOutputs(spec);
      const source = normals(40, SAMPLES * vectors * cols);
      const expected = guardedFloats(SAMPLES * outputs).view;
      const sums = new Float32Array(SAMPLES * outputs);
      const defining = referenceKernel("interaction", spec);
      defining(source, expected, begin, end);
      defining(magnitudes(source), sums, begin, end);
      const expectUnchanged = watch({ vectors: source });
      const { check, view } = guardedFloats(SAMPLES * outputs);

      kernel(source, view, begin, end);

      const copied = (i: number): boolean => kind === "cat" || i % outputs < cols;
      const allowed = sums.map((sum, i) => (copied(i) ? 0 : cols * EPSILON * sum));
      expectClose(view, expected, allowed, "dst");
      check();
      expectUnchanged();
    },
  };
}

function refusesShort(spec: InteractionSpec): readonly InteractionCheck[] {
  const inputs = spec.vectors * spec.cols;
  const outputs = interactionOutputs(spec);
  return [
    {
      name: "refuses a result that is too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Float32Array(2 * inputs), new Float32Array(2 * outputs - 1), 0, 2);
        });
      },
    },
    {
      name: "refuses vectors that are too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Float32Array(2 * inputs - 1), new Float32Array(2 * outputs), 0, 2);
        });
      },
    },
  ];
}

/** Yields the checks of interaction: copies compare bit for bit, a dot product of n terms may err by n·ε·Σ|term|. */
export function* interactionCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "interaction";
  for (const { expected, itself, kind } of KNOWN) {
    const spec = { kind, itself, vectors: 3, cols: 2 };
    yield* opCases(backend, { op, spec, label: interactionLabel(spec), checks: [known(expected)] });
  }
  for (const spec of INTERACTIONS) {
    const checks = [
      agrees(spec, "a batch", 0, SAMPLES),
      agrees(spec, "a part of the samples leaves the rest untouched", 1, 4),
      ...refusesShort(spec),
    ];
    yield* opCases(backend, { op, spec, label: interactionLabel(spec), checks });
  }
}
