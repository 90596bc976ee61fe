import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, threefry2x32, uniformAt } from "@dqrm/core";

/** Known answers of Threefry-2x32, 20 rounds: Salmon et al., Random123, kat_vectors. */
const known = [
  { counter: [0, 0], key: [0, 0], answer: [0x6b200159, 0x99ba4efe] },
  {
    counter: [0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    answer: [0x1cb996fc, 0xbb002be7],
  },
  {
    counter: [0x243f6a88, 0x85a308d3],
    key: [0x13198a2e, 0x03707344],
    answer: [0xc4923a9c, 0x483df7a0],
  },
] as const;

describe("threefry2x32", () => {
  it.each(known)("encrypts $counter to the published answer", ({ counter, key, answer }) => {
    const out = new Uint32Array(2);

    threefry2x32({ seed: key[0], stream: key[1] }, counter[0], counter[1], out);

    expect([...out]).toEqual(answer);
  });
});

describe("uniformAt", () => {
  it("lies in [0, 1) at every counter up to 2^53", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer(), fc.integer(), (counter, seed, stream) => {
        const u = uniformAt({ seed, stream }, counter);

        expect(u).toBeGreaterThanOrEqual(0);
        expect(u).toBeLessThan(1);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("gives another number beyond 2^32 than its low word alone would", () => {
    const key = { seed: 1, stream: 0 };

    const far = uniformAt(key, 2 ** 32 + 5);

    expect(far).not.toBe(uniformAt(key, 5));
  });

  it("gives another sequence for another stream of the same seed", () => {
    const first = uniformAt({ seed: 1, stream: 0 }, 0);

    const second = uniformAt({ seed: 1, stream: 1 }, 0);

    expect(first).not.toBe(second);
  });
});

describe("createRandom", () => {
  it("continues from a stored position as if it had never stopped", () => {
    const key = { seed: 3, stream: 9 };
    const whole = createRandom(key);
    for (let i = 0; i < 10; i++) whole.normal();
    const rest = createRandom(key, whole.position);

    const expected = [whole.next(), whole.normal(), whole.integer(100)];

    expect([rest.next(), rest.normal(), rest.integer(100)]).toEqual(expected);
  });

  it("draws normals whose mean and variance are within six standard errors of 0 and 1", () => {
    const draws = 20_000;
    const random = createRandom({ seed: 5, stream: 0 });

    const values = Array.from({ length: draws }, () => random.normal());

    const mean = values.reduce((sum, v) => sum + v, 0) / draws;
    const variance = values.reduce((sum, v) => sum + v * v, 0) / draws;
    // The standard errors: 1/√n of the mean, √(2/n) of the variance of a normal.
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(draws));
    expect(Math.abs(variance - 1)).toBeLessThan(6 * Math.sqrt(2 / draws));
  });

  it("draws every integer below its bound about equally often", () => {
    const draws = 8_000;
    const bound = 8;
    const counts = new Array<number>(bound).fill(0);
    const random = createRandom({ seed: 6, stream: 0 });

    for (let i = 0; i < draws; i++) counts[random.integer(bound)]++;

    // Six standard deviations of a binomial count with p = 1/8.
    const spread = 6 * Math.sqrt(draws * (1 / bound) * (1 - 1 / bound));
    for (const count of counts) expect(Math.abs(count - draws / bound)).toBeLessThan(spread);
  });
});
