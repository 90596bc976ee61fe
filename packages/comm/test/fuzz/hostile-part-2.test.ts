import { createMessageDecoder } from "@dqrm/comm";
import { expect, test } from "vitest";
import { fuzzSchema } from "./fuzz-subjects.ts";
import { hostileRun, tryMutants } from "./hostile.ts";

test("damaged messages with a right checksum are refused with a code, or read as other numbers, part 2 of 2", () => {
  const run = hostileRun(1, 2);

  const { accepted, refused } = tryMutants(createMessageDecoder(fuzzSchema), run);

  expect(accepted + refused).toBe(run.count);
  // Most changes fall on codes, which only mean other numbers then.
  expect(accepted).toBeGreaterThanOrEqual(Math.floor(run.count / 100));
}, 3_600_000);
