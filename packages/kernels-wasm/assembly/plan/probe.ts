import { Plan } from "./records";

/** What a plan's `served` says of a measurement. */
const PROBE_PRODUCTS = 2;

/** Does one thread's share of a measurement: `size` rounds of independent products, or of reading its part of the scratch. */
export function runProbe(plan: Plan, thread: i32): void {
  const sink = plan.zeros + ((<usize>thread) << 10);
  if (plan.served == PROBE_PRODUCTS) multiplyRounds(plan.size, sink);
  else for (let round = 0; round < plan.size; round++) readBytes(plan, thread, sink);
}

/**
 * Adds 8 times 4 products a round to as many sums, which hide the latency of an addition.
 *
 * All factors come from memory, so that the compiler knows none of them: a kilobyte over and over, in the first-level cache.
 */
function multiplyRounds(rounds: i32, sink: usize): void {
  const y0 = v128.load(sink, 0);
  const y1 = v128.load(sink, 16);
  const y2 = v128.load(sink, 32);
  const y3 = v128.load(sink, 48);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (let round = 0; round < rounds; round += 128) {
    for (let at = sink; at < sink + 1024; at += 8) {
      const x = v128.load_splat<f32>(at);
      s0 = f32x4.add(s0, f32x4.mul(x, y0));
      s1 = f32x4.add(s1, f32x4.mul(x, y1));
      s2 = f32x4.add(s2, f32x4.mul(x, y2));
      s3 = f32x4.add(s3, f32x4.mul(x, y3));
      const z = v128.load_splat<f32>(at, 4);
      s4 = f32x4.add(s4, f32x4.mul(z, y0));
      s5 = f32x4.add(s5, f32x4.mul(z, y1));
      s6 = f32x4.add(s6, f32x4.mul(z, y2));
      s7 = f32x4.add(s7, f32x4.mul(z, y3));
    }
  }
  s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  s4 = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
  v128.store(sink, f32x4.add(s0, s4));
}

/** Reads a thread's part of the scratch in order, 64 bytes at a time. */
function readBytes(plan: Plan, thread: i32, sink: usize): void {
  const begin = plan.scratch + <usize>thread * plan.scratchBytes;
  const end = begin + plan.scratchBytes;
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at = begin; at < end; at += 64) {
    s0 = v128.or(s0, v128.load(at));
    s1 = v128.or(s1, v128.load(at, 16));
    s2 = v128.or(s2, v128.load(at, 32));
    s3 = v128.or(s3, v128.load(at, 48));
  }
  v128.store(sink, v128.or(v128.or(s0, s1), v128.or(s2, s3)));
}
