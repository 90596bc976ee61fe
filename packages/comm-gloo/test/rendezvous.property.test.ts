import { isDqrmError } from "@dqrm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_GLOO_RANKS } from "../src/limits.ts";
import {
  decodeAddresses,
  decodeFrame,
  encodeAddresses,
  encodeFrame,
  KINDS,
  MAX_ADDRESS_BYTES,
  MAX_BODY_BYTES,
  PROTOCOL_VERSION,
} from "../src/node/rendezvous/frame.ts";

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const frames = fc.record({
  version: word,
  rank: word,
  size: word,
  kind: fc.constantFrom(...KINDS),
  body: fc.uint8Array({ maxLength: 300 }),
});
const settings = { seed: 20_260, numRuns: 300 };

describe("a frame of the rendezvous", () => {
  test("is decoded as it was encoded, and not before it is whole", () => {
    fc.assert(
      fc.property(frames, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (frame, part) => {
        const bytes = encodeFrame(frame);

        expect(decodeFrame(bytes)).toEqual(frame);
        expect(decodeFrame(bytes.subarray(0, Math.floor(part * bytes.length)))).toBeUndefined();
      }),
      settings,
    );
  });

  test("is refused with a typed error where bytes are wrong", () => {
    fc.assert(
      fc.property(frames, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(23), (frame, noise, at) => {
        const bytes = encodeFrame(frame);
        bytes.set(noise.subarray(0, bytes.length - at), at);

        expect(typedOrFine(() => decodeFrame(bytes))).toBe(true);
        expect(typedOrFine(() => decodeAddresses(noise, 3))).toBe(true);
      }),
      settings,
    );
  });

  test("of more bytes than the largest group needs is refused before they come", () => {
    const bytes = encodeFrame({ version: 1, rank: 1, size: 2, kind: "hello", body: new Uint8Array(0) });
    new DataView(bytes.buffer).setUint32(20, MAX_BODY_BYTES + 1);

    expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: "LIMIT" }));
  });

  test("carries the addresses of the largest group", () => {
    const addresses = Array.from({ length: MAX_GLOO_RANKS }, () => new Uint8Array(MAX_ADDRESS_BYTES).fill(7));
    const body = encodeAddresses(addresses);
    const hello = { version: PROTOCOL_VERSION, rank: 1, size: MAX_GLOO_RANKS, kind: "hello", body } as const;

    const decoded = decodeFrame(encodeFrame(hello));

    expect(decodeAddresses(decoded?.body ?? body, MAX_GLOO_RANKS)).toEqual(addresses);
  });
});

function typedOrFine(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    return isDqrmError(error, "FORMAT") || isDqrmError(error, "LIMIT");
  }
}
