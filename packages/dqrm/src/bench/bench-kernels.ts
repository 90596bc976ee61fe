import { createArena, createKernels, DqrmError, reference, type Arena, type Kernels } from "@dqrm/core";
import { SEGMENT_BYTES } from "./bench-model.ts";
import { GEMM_OPS, prepareGemm, type GemmOp, type GemmShape } from "./gemm-cases.ts";
import { median, type Meters, type Rate } from "./meters.ts";

/** Says which products are timed. */
export interface KernelsBenchOptions {
  /** Samples of a product. */
  readonly samples: readonly number[];
  readonly rounds: number;
}

/** Holds what one product came to. */
export interface GemmTiming extends GemmShape {
  readonly op: GemmOp;
  readonly backend: string;
  readonly gflops: Rate;
  /** Of the peak before and after a round; null when the backend knows no peak. */
  readonly share: Rate | null;
}

/** Holds the result of {@link benchKernels}; JSON. */
export interface KernelsBenchResult {
  readonly name: "kernels";
  readonly backend: string;
  readonly isa: string;
  readonly threads: 1;
  readonly fmaPeakGflops: number | null;
  readonly rounds: number;
  readonly products: readonly GemmTiming[];
  /** The best share of the peak that each op reached; null when the backend knows no peak. */
  readonly bestShares: Readonly<Record<GemmOp, number>> | null;
}

/** The two kinds of layers that take most of the time: a wide one of the paper's models, and one with odd inputs. */
const LAYERS = [
  { inputs: 512, outputs: 256 },
  { inputs: 367, outputs: 512 },
] as const;

/** A round repeats a product for at least so long, once it has been called once. */
const ROUND_MS = 4;

/** Spacing of f32 numbers at 1. */
const EPSILON = 2 ** -23;

/**
 * Times the matrix products of linear layers on one thread, against the peak of the same moment.
 *
 * The results are compared with the reference's before and after.
 *
 * @throws STATE when a sum is farther from the reference's than sums in f32 may be
 */
export function benchKernels(
  options: KernelsBenchOptions,
  kernels: Kernels,
  { now }: Pick<Meters, "now">,
): KernelsBenchResult {
  const shapes = LAYERS.flatMap((layer) => options.samples.map((samples) => ({ ...layer, samples })));
  const cases = GEMM_OPS.flatMap((op) => shapes.map((shape) => ({ op, shape })));
  const [{ machine, name }] = kernels.backends;
  const arena = kernels.createArena(SEGMENT_BYTES);
  const { rounds } = options;
  const timed = cases.map(({ op, shape }) => timeGemm({ op, shape, kernels, arena, rounds }, now));
  const shareOf = (op: GemmOp): number =>
    Math.max(...timed.map(({ timing }) => (timing.op === op ? (timing.share?.best ?? 0) : 0)));
  return {
    name: "kernels",
    backend: name,
    isa: machine?.isa ?? "javascript",
    threads: 1,
    fmaPeakGflops: machine === undefined ? null : Math.max(...timed.flatMap(({ peaks }) => peaks)),
    rounds,
    products: timed.map(({ timing }) => timing),
    bestShares:
      machine === undefined
        ? null
        : {
            linear: shareOf("linear"),
            linearBackwardInput: shareOf("linearBackwardInput"),
            linearBackwardWeight: shareOf("linearBackwardWeight"),
          },
  };
}

interface GemmRun {
  readonly op: GemmOp;
  readonly shape: GemmShape;
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly rounds: number;
}

function timeGemm(
  { arena, kernels, op, rounds, shape }: GemmRun,
  now: Meters["now"],
): { readonly timing: GemmTiming; readonly peaks: readonly number[] } {
  const { inputs, outputs, samples } = shape;
  const { result, run, terms } = prepareGemm(op, shape, { kernels, arena, magnitudes: false });
  const check = prepareCheck(op, shape, terms);
  run();
  check(result);
  const [{ machine }] = kernels.backends;
  const peaks = machine === undefined ? [] : [machine.fmaGigaflops(1)];
  const rates: Rate[] = [];
  for (let round = 0; round < rounds; round++) {
    rates.push(timeRound(run, 2 * samples * inputs * outputs, now));
    if (machine !== undefined) peaks.push(machine.fmaGigaflops(1));
  }
  check(result);
  const spec = { inputs, outputs };
  const choices =
    op === "linear" ? kernels.explain(op, { ...spec, activation: "none" }) : kernels.explain(op, spec);
  const best = Math.max(...rates.map((rate) => rate.best));
  const shares = rates.map((rate, r) => rate.median / Math.max(...peaks.slice(r, r + 2)));
  const timing = {
    op,
    ...shape,
    backend: choices.find(({ verdict }) => verdict === "chosen")?.backend ?? "none",
    gflops: { median: median(rates.map((rate) => rate.median)), best },
    share: peaks.length === 0 ? null : { median: median(shares), best: best / Math.max(...peaks) },
  };
  return { timing, peaks };
}

/** @units 10⁹ operations a second */
function timeRound(run: () => void, flops: number, now: Meters["now"]): Rate {
  const times: number[] = [];
  const begin = now();
  let start = begin;
  while (times.length === 0 || start - begin < ROUND_MS) {
    run();
    const end = now();
    times.push(end - start);
    start = end;
  }
  const gigaflops = (milliseconds: number): number => flops / (1e6 * milliseconds);
  return { median: gigaflops(median(times)), best: gigaflops(Math.min(...times)) };
}

/** Prepares the comparison of a product with the reference's: each sum of n terms errs by at most n·2⁻²³ of their sizes. */
function prepareCheck(op: GemmOp, shape: GemmShape, terms: number): (result: Float32Array) => void {
  const kernels = createKernels([reference]);
  const arena = createArena(SEGMENT_BYTES);
  const exact = prepareGemm(op, shape, { kernels, arena, magnitudes: false });
  const sizes = prepareGemm(op, shape, { kernels, arena, magnitudes: true });
  exact.run();
  sizes.run();
  return (result) => {
    for (let i = 0; i < result.length; i++) {
      const bound = (terms + 1) * EPSILON * sizes.result[i];
      if (Math.abs(result[i] - exact.result[i]) <= bound) continue;
      const expected = `${op} result ${i} within ${bound} of ${exact.result[i]}`;
      throw new DqrmError("STATE", { op: "bench kernels", expected, actual: `it is ${result[i]}` });
    }
  };
}
