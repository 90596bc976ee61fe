import { Plan } from "./records";

/** What a plan's `served` says of a measurement. */
const PROBE_PRODUCTS = 2;

/** Does one thread's share of a measurement: `size` rounds of independent products, or of reading its part of the scratch. */
export function runProbe(plan: Plan, thread: i32): void {
  const sink = plan.zeros + (<usize>thread << 4);
  if (plan.served == PROBE_PRODUCTS) multiplyRounds(plan.size, sink);
  else for (let round = 0; round < plan.size; round++) readBytes(plan, thread, sink);
}

/** Does 12 times 4 multiplications and additions a round: as many sums, and no more, hide the latency of both. */
function multiplyRounds(rounds: i32, sink: usize): void {
  const factor = f32x4.splat(0.999);
  const addend = f32x4.splat(0.001);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  let s8 = f32x4.splat(8);
  let s9 = f32x4.splat(9);
  let s10 = f32x4.splat(10);
  let s11 = f32x4.splat(11);
  for (let round = 0; round < rounds; round++) {
    s0 = f32x4.add(f32x4.mul(s0, factor), addend);
    s1 = f32x4.add(f32x4.mul(s1, factor), addend);
    s2 = f32x4.add(f32x4.mul(s2, factor), addend);
    s3 = f32x4.add(f32x4.mul(s3, factor), addend);
    s4 = f32x4.add(f32x4.mul(s4, factor), addend);
    s5 = f32x4.add(f32x4.mul(s5, factor), addend);
    s6 = f32x4.add(f32x4.mul(s6, factor), addend);
    s7 = f32x4.add(f32x4.mul(s7, factor), addend);
    s8 = f32x4.add(f32x4.mul(s8, factor), addend);
    s9 = f32x4.add(f32x4.mul(s9, factor), addend);
    s10 = f32x4.add(f32x4.mul(s10, factor), addend);
    s11 = f32x4.add(f32x4.mul(s11, factor), addend);
  }
  s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  s4 = f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7));
  s8 = f32x4.add(f32x4.add(s8, s9), f32x4.add(s10, s11));
  v128.store(sink, f32x4.add(f32x4.add(s0, s4), s8));
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
