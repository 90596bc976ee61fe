import type { KernelFactories, RandomKey } from "../../../src/index.ts";
import { correct, type Mutant } from "./mutant.ts";
import { writeProducts } from "./sent-mutants.ts";

interface Call {
  readonly rows: Int32Array;
  readonly gradient: Float32Array;
  readonly residual: Float32Array;
  readonly key: RandomKey;
  readonly left: Float32Array;
}

/** Changes what the correct kernel is given, or what it has written. */
function spoiled(before: (call: Call) => Partial<Call>, after?: (call: Call) => void): KernelFactories {
  return {
    encodeWithFeedback: (spec) => (rows, gradient, residual, count, cols, key, out, at, left) => {
      const call = { rows, gradient, residual, key, left };
      const other = { ...call, ...before(call) };
      const kernel = correct("encodeWithFeedback", spec);
      const { gradient: values, residual: lost } = other;
      const end = kernel(other.rows, values, lost, count, cols, other.key, out, at, other.left);
      after?.(call);
      return end;
    },
  };
}

const finite = (values: Float32Array): Float32Array =>
  values.map((value) => (Number.isFinite(value) ? value : 0));

/** Backends with one fault in the coding of gradients with what was lost before. */
export const feedbackMutants: readonly Mutant[] = [
  {
    name: "forgets what was lost before",
    ops: spoiled(({ residual }) => ({ residual: residual.map(() => 0) })),
  },
  {
    name: "keeps what it lost beside what was lost before",
    ops: spoiled(
      () => ({}),
      ({ left, residual }) => {
        for (let i = 0; i < left.length; i++) left[i] += residual[i];
      },
    ),
  },
  {
    name: "takes over at once what is left",
    ops: spoiled(
      () => ({}),
      ({ left, residual }) => {
        residual.set(left);
      },
    ),
  },
  {
    name: "loses the sign of a zero that is left",
    ops: spoiled(
      () => ({}),
      ({ left }) => {
        for (let i = 0; i < left.length; i++) left[i] += 0;
      },
    ),
  },
  {
    name: "takes a residual of −0 for one of 0",
    ops: spoiled(({ residual }) => ({ residual: residual.map((value) => value + 0) })),
  },
  {
    name: "draws for corrected values without the key",
    ops: spoiled(() => ({ key: { seed: 0, stream: 0 } })),
  },
  {
    name: "draws for corrected rows that are none",
    ops: spoiled(({ rows }) => ({ rows: rows.map((row) => Math.max(0, row)) })),
  },
  {
    name: "multiplies a corrected value by the reciprocal of a scale in floats",
    ops: {
      encodeWithFeedback: (spec) => (rows, gradient, residual, count, cols, key, out, at, left) => {
        const kernel = correct("encodeWithFeedback", spec);
        const end = kernel(rows, gradient, residual, count, cols, key, out, at, left);
        const sums = gradient.map((value, i) => value + residual[i]);
        writeProducts(spec, sums.subarray(0, count * cols), out, at);
        return end;
      },
    },
  },
  {
    name: "takes an infinite gradient for none",
    ops: spoiled(({ gradient }) => ({ gradient: finite(gradient) })),
  },
  {
    name: "takes an infinite residual for none",
    ops: spoiled(({ residual }) => ({ residual: finite(residual) })),
  },
  {
    name: "takes for none a residual that makes a sum infinite",
    ops: spoiled(({ gradient, residual }) => ({
      residual: residual.map((value, i) =>
        Number.isFinite(Math.fround(value + gradient[i])) || !Number.isFinite(value) ? value : 0,
      ),
    })),
  },
  {
    name: "keeps as much as there is room for",
    ops: {
      encodeWithFeedback: (spec) => (rows, gradient, residual, count, cols, key, out, at, left) => {
        const whole = new Float32Array(count * cols);
        const kernel = correct("encodeWithFeedback", spec);
        const end = kernel(rows, gradient, residual, count, cols, key, out, at, whole);
        left.set(whole.subarray(0, left.length));
        return end;
      },
    },
  },
];
