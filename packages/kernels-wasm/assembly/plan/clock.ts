/** Gives the milliseconds that passed since a fixed moment. */
@external("env", "now")
export declare function now(): f64;

export const STAGE_BOTTOM: usize = 0;
export const STAGE_LOOKUP: usize = 1;
export const STAGE_INTERACTION: usize = 2;
export const STAGE_TOP: usize = 3;
export const STAGE_BACKWARD: usize = 4;
export const STAGE_INTERACTION_BACKWARD: usize = 5;
export const STAGE_LAYER_UPDATE: usize = 6;
export const STAGE_ROW_UPDATE: usize = 7;
/** Waiting for other threads. */
export const STAGE_WAIT: usize = 8;

/** Adds the time since `since` to a stage and returns the time now; only thread 0 is clocked. */
export function clock(seconds: usize, stage: usize, since: f64, thread: i32): f64 {
  if (thread != 0) return 0;
  const time = now();
  if (since > 0) {
    const at = seconds + (stage << 3);
    store<f64>(at, load<f64>(at) + (time - since) * 0.001);
  }
  return time;
}
