/** Names the stages of a step in the order in which the addon keeps their times (native/plan/plan.h). */
const STAGES = [
  "bottom forward",
  "lookup",
  "interaction",
  "top forward",
  "loss",
  "top backward",
  "interaction backward",
  "bottom backward",
  "wait",
  "layer update",
  "row update",
] as const;

/** Reads the seconds of each stage that took any. */
export function stageTimes(take: (seconds: Float64Array) => void): Readonly<Record<string, number>> {
  const seconds = new Float64Array(STAGES.length);
  take(seconds);
  return Object.fromEntries(STAGES.map((name, s) => [name, seconds[s]] as const).filter(([, s]) => s > 0));
}
