import type { BackendMachine } from "@dqrm/core";
import { median, quantile, type Meters, type Rate } from "./meters.ts";
import { rooflineRate, type Work } from "./roofline.ts";

/** Describes what is timed: calls on inputs that are drawn anew, off the clock, before each block of calls. */
export interface TimedCalls {
  /** Samples of a call. */
  readonly samples: number;
  readonly work: Work;
  /** Inputs that are there at once: the calls of a block. */
  readonly inputs: number;
  readonly refill: (count: number) => void;
  readonly call: (input: number) => void;
}

/** Says how often calls are timed. */
export interface TimingOptions {
  readonly rounds: number;
  /** Calls in a round. */
  readonly steps: number;
  /** Where the peaks come from; undefined when the backend knows none. */
  readonly machine: BackendMachine | undefined;
  readonly threads: number;
}

/** Holds rates with the limits of the machine that were measured between the rounds. */
export interface Timing {
  readonly samplesPerSecond: Rate;
  /** 10⁹ bytes a second of rows, as the work counts them. */
  readonly rowGigabytesPerSecond: Rate;
  readonly microsecondsPerCall: { readonly p50: number; readonly p99: number; readonly best: number };
  readonly fmaPeakGflops: number | null;
  readonly readGigabytesPerSecond: number | null;
  /** Until the threads met, the least and the most that was measured between rounds; null where the backend cannot tell. */
  readonly barrierNanoseconds: { readonly least: number; readonly most: number } | null;
  readonly rooflineSamplesPerSecond: number | null;
  /** Rate over the roofline of the peaks before and after the round; best over that of the highest peaks. */
  readonly rooflineFraction: Rate | null;
}

/** Calls of up to this many microseconds are timed several at a time, so that the clock costs below a hundredth. */
const SHORT_CALL_US = 20;
const SHORT_CALLS = 8;

/** Warms up for this many blocks. */
const WARM_BLOCKS = 2;

interface Peaks {
  readonly fma: number;
  readonly read: number;
  readonly barrier: number | undefined;
}

/**
 * Times calls in rounds, and measures the peaks of the machine before and after each round, so that other load meets both.
 */
export function timeCalls(calls: TimedCalls, options: TimingOptions, { now }: Pick<Meters, "now">): Timing {
  const { rounds, steps } = options;
  const group = warmUp(calls, steps, now) > SHORT_CALL_US ? 1 : Math.min(SHORT_CALLS, calls.inputs);
  const peaks = [measurePeaks(options)];
  const times: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const found: number[] = [];
    for (let left = steps; left > 0; left -= calls.inputs) {
      timeBlock(calls, { count: Math.min(left, calls.inputs), group, now }, found);
    }
    times.push(found);
    peaks.push(measurePeaks(options));
  }
  return summarise(calls, times, peaks);
}

/** Runs blocks off the clock; returns the microseconds of a call. */
function warmUp({ call, inputs, refill }: TimedCalls, steps: number, now: Meters["now"]): number {
  const count = Math.min(steps, inputs);
  let microseconds = 0;
  for (let block = 0; block < WARM_BLOCKS; block++) {
    refill(count);
    const start = now();
    for (let k = 0; k < count; k++) call(k);
    microseconds = (1000 * (now() - start)) / count;
  }
  return microseconds;
}

/** Appends the microseconds of a call, for each group of calls. */
function timeBlock(
  { call, refill }: TimedCalls,
  { count, group, now }: { readonly count: number; readonly group: number; readonly now: Meters["now"] },
  found: number[],
): void {
  refill(count);
  for (let first = 0; first < count; first += group) {
    const end = Math.min(count, first + group);
    const start = now();
    for (let k = first; k < end; k++) call(k);
    found.push((1000 * (now() - start)) / (end - first));
  }
}

function measurePeaks({ machine, threads }: TimingOptions): Peaks | undefined {
  if (machine === undefined) return undefined;
  return {
    fma: machine.fmaGigaflops(threads),
    read: machine.readGigabytes(threads),
    barrier: machine.barrierNanoseconds?.(threads),
  };
}

function summarise(
  { samples, work }: TimedCalls,
  times: readonly (readonly number[])[],
  measured: readonly (Peaks | undefined)[],
): Timing {
  const all = times.flat();
  const best = all.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const rate = (microseconds: number): number => (1e6 * samples) / microseconds;
  const samplesPerSecond = { median: rate(median(all)), best: rate(best) };
  const gigabytes = (rows: number): number => (work.bytes * rows) / 1e9;
  const timing = {
    samplesPerSecond,
    rowGigabytesPerSecond: {
      median: gigabytes(samplesPerSecond.median),
      best: gigabytes(samplesPerSecond.best),
    },
    microsecondsPerCall: { p50: median(all), p99: quantile(all, 0.99), best },
  };
  const peaks = measured.filter((peak) => peak !== undefined);
  if (peaks.length === 0) {
    const unknown = { fmaPeakGflops: null, readGigabytesPerSecond: null, barrierNanoseconds: null };
    return { ...timing, ...unknown, rooflineSamplesPerSecond: null, rooflineFraction: null };
  }
  const highest = highestOf(peaks);
  const fractions = times.map((round, r) => {
    const around = highestOf(peaks.slice(r, r + 2));
    return rate(median(round)) / rooflineRate(work, around.fma, around.read);
  });
  const roofline = rooflineRate(work, highest.fma, highest.read);
  return {
    ...timing,
    fmaPeakGflops: highest.fma,
    readGigabytesPerSecond: highest.read,
    barrierNanoseconds: barriersOf(peaks),
    rooflineSamplesPerSecond: roofline,
    rooflineFraction: { median: median(fractions), best: rate(best) / roofline },
  };
}

function barriersOf(peaks: readonly Peaks[]): Timing["barrierNanoseconds"] {
  const known = peaks.flatMap(({ barrier }) => (barrier === undefined ? [] : [barrier]));
  return known.length === 0 ? null : { least: Math.min(...known), most: Math.max(...known) };
}

function highestOf(peaks: readonly Peaks[]): Omit<Peaks, "barrier"> {
  return {
    fma: Math.max(...peaks.map(({ fma }) => fma)),
    read: Math.max(...peaks.map(({ read }) => read)),
  };
}
