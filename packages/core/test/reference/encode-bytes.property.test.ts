import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createKernels, maxEncodedBytes, reference } from "@dqrm/core";

const kernels = createKernels([reference]);
const encodeBytes = kernels.prepare("encodeBytes", {});
const decodeBytes = kernels.prepare("decodeBytes", {});

/** Codes bytes, and gives the coded ones, or undefined where coding does not pay. */
function coded(bytes: Uint8Array): Uint8Array | undefined {
  const out = new Uint8Array(maxEncodedBytes(bytes.length));
  const length = encodeBytes(bytes, 0, bytes.length, out, 0);
  return length === 0 ? undefined : out.slice(0, length);
}

function decoded(bytes: Uint8Array, count: number): Uint8Array | undefined {
  const target = new Uint8Array(count);
  return decodeBytes(bytes, 0, bytes.length, target, count) ? target : undefined;
}

/** Bytes of which small ones are frequent. */
const skewed = fc
  .array(fc.tuple(fc.nat(255), fc.nat(7)), { minLength: 1, maxLength: 4000 })
  .map((pairs) => Uint8Array.from(pairs, ([value, shift]) => value >> shift));

describe("range coding", () => {
  test("gives back every byte, and is shorter than they were", () => {
    fc.assert(
      fc.property(skewed, (bytes) => {
        const short = coded(bytes);

        if (short === undefined) return;
        expect(short.length).toBeLessThan(bytes.length);
        expect(decoded(short, bytes.length)).toEqual(bytes);
      }),
    );
  });

  test("comes within two per cent and the table of the entropy", () => {
    // Two-sided geometric numbers, as 8-bit codes of gradients are.
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => {
      const uniform = ((i * 2_654_435_761) % 2 ** 32) / 2 ** 32;
      return Math.floor(-Math.log(1 - uniform) * 12) & 255;
    });
    const counts = new Float64Array(256);
    for (const byte of bytes) counts[byte]++;
    const bits = counts.reduce((sum, n) => sum - (n === 0 ? 0 : n * Math.log2(n / bytes.length)), 0);

    const short = coded(bytes);

    expect(short?.length).toBeLessThan((bits / 8) * 1.02 + 770);
  });

  test("leaves bytes as they are that are all alike", () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 167) & 255);

    expect(coded(bytes)).toBeUndefined();
  });

  test("never claims more than 256 times its length", () => {
    expect(coded(new Uint8Array(1 << 20))).toBeUndefined();
    expect(coded(new Uint8Array(2000))?.length).toBeGreaterThanOrEqual(8);
  });

  test("refuses every cut, and nearly every change, without an error of its own", () => {
    const bytes = Uint8Array.from({ length: 600 }, (_, i) => (i * i) % 7);
    const short = coded(bytes) ?? new Uint8Array(0);

    for (let cut = 0; cut < short.length; cut++) {
      expect(decoded(short.subarray(0, cut), bytes.length)).toBeUndefined();
    }
    for (let at = 0; at < short.length; at++) {
      const damaged = short.slice();
      damaged[at] ^= 0x10;
      const result = decoded(damaged, bytes.length);
      // A change may stand for other bytes; the checksum of the message is there for that.
      expect(result === undefined || result.length === bytes.length).toBe(true);
    }
  });
});
