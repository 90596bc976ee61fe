import { expect, test } from "vitest";
import { replay } from "./foreign-loop.ts";
import { golden } from "./golden-modules.ts";

const trainings = [
  "dqrm_w4e4_channel_period1",
  "dqrm_w4e4_channel_period3",
  "dqrm_w4e4_matrix_period1",
  "dqrm_w8e8_channel_period1",
  "dqrm_w8e2_channel_period1",
] as const;

test.each(trainings)("a foreign loop with our fake quantizers repeats the authors' training %s", (name) => {
  const deviation = replay(golden[name]);

  // The bound that the project set: the recorded run is f32 throughout, this loop sums in double.
  expect(deviation.loss).toBeLessThanOrEqual(1e-6);
  expect(deviation.scale).toBeLessThanOrEqual(1e-6);
  expect(deviation.parameters).toBeLessThanOrEqual(1e-6);
});
