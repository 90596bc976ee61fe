/** Gives the milliseconds since the host started, for the measurement of stages and of the machine. */
export function clock(): number {
  return performance.now();
}
