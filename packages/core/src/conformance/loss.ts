import type { KernelBackend } from "../kernel/backend.ts";
import type { LossSpec } from "../kernel/ops.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { EPSILON, expectClose, expectRefusal, expectSame, watch } from "./expect.ts";
import { floatsFrom, guardedDoubles, guardedFloats } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

type LossCheck = Check<"loss">;

/** Logits from rejection to certainty, each with both labels; none lies near where a threshold of 0.1 clamps. */
const LOGITS = [-150, -50, -20, -5, -1, -0.5, 0, 0.25, 1, 2, 5, 20, 50, 150].flatMap((z) => [z, z]);
const LABELS = LOGITS.map((_, i) => i % 2);

const SPECS: readonly LossSpec[] = (["bce", "wbce", "mse"] as const).flatMap((kind) =>
  [0, 0.1].map((threshold): LossSpec => ({ kind, threshold, weights: [0.5, 3] })),
);

interface Known {
  readonly spec: LossSpec;
  readonly label: number;
  readonly logit: number;
  readonly expected: readonly [prediction: number, loss: number, gradient: number];
}

/** Each is one of four samples, so that the gradient of the mean is a quarter. */
const KNOWN: readonly Known[] = [
  { spec: loss("bce", 0), logit: 0, label: 1, expected: [0.5, Math.LN2, -0.125] },
  { spec: loss("bce", 0), logit: -150, label: 1, expected: [0, 100, -0.25] },
  { spec: loss("wbce", 0), logit: 0, label: 0, expected: [0.5, 2 * Math.LN2, 0.25] },
  { spec: loss("wbce", 0), logit: 0, label: 1, expected: [0.5, 3 * Math.LN2, -0.375] },
  { spec: loss("mse", 0), logit: 0, label: 1, expected: [0.5, 0.25, -0.0625] },
  { spec: loss("bce", 0.25), logit: 4, label: 0, expected: [0.75, 2 * Math.LN2, 0] },
  { spec: loss("bce", 0.25), logit: -4, label: 0, expected: [0.25, -Math.log(0.75), 0] },
];

function loss(kind: LossSpec["kind"], threshold: number): LossSpec {
  return { kind, threshold, weights: [2, 3] };
}

/** Bounds the errors of a loss, given its logits: a sigmoid errs by 6 ulp; ln p moves by as much, and by the rounding of a logit to p, ε·|z|. */
export function lossBounds(
  values: readonly number[],
  spec: LossSpec,
  samples: number,
): Readonly<Record<"predictions" | "losses" | "gradient", readonly number[]>> {
  const weight = spec.kind === "wbce" ? Math.max(...spec.weights) : 1;
  return {
    predictions: values.map(() => 6 * EPSILON),
    losses: values.map((z) => 8 * EPSILON * weight * (1 + Math.abs(z))),
    gradient: values.map(() => (8 * EPSILON * weight) / samples),
  };
}

function outputs(length: number) {
  return {
    predictions: guardedFloats(length),
    losses: guardedDoubles(length),
    gradient: guardedFloats(length),
  };
}

function known({ expected, label, logit, spec }: Known): LossCheck {
  return {
    name: `logit ${logit}, label ${label}, worked out by hand`,
    run(kernel) {
      const { gradient, losses, predictions } = outputs(1);
      kernel(
        Float32Array.of(logit),
        Float32Array.of(label),
        4,
        predictions.view,
        losses.view,
        gradient.view,
        0,
        1,
      );
      const bound = lossBounds([logit], spec, 4);
      expectClose(predictions.view, [expected[0]], bound.predictions, "predictions");
      expectClose(losses.view, [expected[1]], bound.losses, "losses");
      expectClose(gradient.view, [expected[2]], bound.gradient, "gradient");
    },
  };
}

function agrees(spec: LossSpec, name: string, begin: number, end: number): LossCheck {
  return {
    name,
    run(kernel) {
      const logits = floatsFrom(LOGITS);
      const labels = floatsFrom(LABELS);
      const samples = LOGITS.length;
      const expected = outputs(samples);
      const defining = referenceKernel("loss", spec);
      const [p, l, g] = [expected.predictions.view, expected.losses.view, expected.gradient.view] as const;
      defining(logits, labels, samples, p, l, g, begin, end);
      const expectUnchanged = watch({ logits, labels });
      const { gradient, losses, predictions } = outputs(samples);

      kernel(logits, labels, samples, predictions.view, losses.view, gradient.view, begin, end);

      const bound = lossBounds(LOGITS, spec, samples);
      expectClose(predictions.view, p, bound.predictions, "predictions");
      expectClose(losses.view, l, bound.losses, "losses");
      expectClose(gradient.view, g, bound.gradient, "gradient");
      for (const { check } of [predictions, losses, gradient]) check();
      expectUnchanged();
    },
  };
}

const clamps: LossCheck = {
  name: "a clamped prediction has no gradient at all",
  run(kernel) {
    const { gradient, losses, predictions } = outputs(4);
    const logits = Float32Array.of(-9, 9, -9, 9);
    kernel(logits, Float32Array.of(0, 0, 1, 1), 4, predictions.view, losses.view, gradient.view, 0, 4);
    expectSame(gradient.view, [0, 0, 0, 0], "gradient");
  },
};

const refusals: readonly LossCheck[] = [
  ...[Number.NaN, Infinity, -Infinity].map((value): LossCheck => {
    return {
      name: `refuses a logit of ${value}`,
      run(kernel) {
        const { gradient, losses, predictions } = outputs(3);
        expectRefusal("NON_FINITE", () => {
          const logits = Float32Array.of(1, 2, value);
          kernel(logits, new Float32Array(3), 3, predictions.view, losses.view, gradient.view, 0, 3);
        });
      },
    };
  }),
  ...[-1, 1.5, Number.NaN].map((label): LossCheck => {
    return {
      name: `refuses a label of ${label}`,
      run(kernel) {
        const { gradient, losses, predictions } = outputs(2);
        expectRefusal("VALUE", () => {
          const labels = Float32Array.of(0, label);
          kernel(new Float32Array(2), labels, 2, predictions.view, losses.view, gradient.view, 0, 2);
        });
      },
    };
  }),
  {
    name: "refuses a gradient that is too short",
    run(kernel) {
      const { losses, predictions } = outputs(3);
      const two = new Float32Array(2);
      expectRefusal("SHAPE", () => {
        kernel(new Float32Array(3), new Float32Array(3), 3, predictions.view, losses.view, two, 0, 3);
      });
    },
  },
];

/** Yields the checks of loss. */
export function* lossCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "loss";
  for (const example of KNOWN) {
    const { kind, threshold } = example.spec;
    const label = `${kind} threshold=${threshold}`;
    yield* opCases(backend, { op, spec: example.spec, label, checks: [known(example)] });
  }
  for (const spec of SPECS) {
    const checks = [
      agrees(spec, "a batch", 0, LOGITS.length),
      agrees(spec, "a part of the samples leaves the rest untouched", 3, 17),
      ...(spec.threshold > 0 ? [clamps] : []),
      ...refusals,
    ];
    yield* opCases(backend, { op, spec, label: `${spec.kind} threshold=${spec.threshold}`, checks });
  }
}
