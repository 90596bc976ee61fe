import { setTimeout } from "node:timers/promises";
import { threadPort } from "../src/node/index.ts";
import { serveBridge } from "../src/index.ts";

class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code = "TOO_FAR";
  readonly details = { position: 3 };
}

/** What the worker of the tests can do. */
const methods = {
  scale: async ({ by, values }: { readonly by: number; readonly values: Float32Array }) => {
    await setTimeout(1);
    const bytes = values.buffer.byteLength;
    return { numbers: [bytes, Number.NaN, -0], arrays: [values.map((value) => value * by)] };
  },
  fail: async (_: null) => {
    throw new CodedError("as asked");
  },
  answerTooMuch: async (_: null) => ({ arrays: [new Uint8Array(3)] }),
  sleep: async (ms: number) => {
    await setTimeout(ms);
    return { numbers: [ms] };
  },
  fill: async ({ length }: { readonly length: number }) => ({
    arrays: [new Uint8Array(length).fill(7), Int32Array.of(-5)],
  }),
};

export type CountingMethods = typeof methods;

serveBridge<CountingMethods>(threadPort(), async (task) => {
  if (task === "throw") throw new Error("could not open");
  return task === "decline" ? { unavailable: "told to decline" } : { methods };
});
