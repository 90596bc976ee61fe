import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ALIGNMENT_BYTES, createArena } from "@dqrm/core";

describe("createArena", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("hands out aligned views that never overlap", () => {
    const lengths = fc.array(fc.nat({ max: 300 }), { maxLength: 40 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 4096 }), (wanted, segmentBytes) => {
        const arena = createArena(segmentBytes);

        const views = wanted.map((length) => arena.float32(length));

        views.forEach((view, i) => view.fill(i + 1));
        views.forEach((view, i) => {
          expect(view.length).toBe(wanted[i]);
          expect(view.byteOffset % ALIGNMENT_BYTES).toBe(0);
          expect(view.every((value) => value === i + 1)).toBe(true);
        });
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("gives a view longer than a segment one of its own", () => {
    const arena = createArena(64);

    const view = arena.uint8(1000);

    expect(view.length).toBe(1000);
    expect(view.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("takes plain buffers where the host has no SharedArrayBuffer", () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const arena = createArena(64);

    const [small, large] = [arena.float32(4), arena.float32(100)];

    expect(small.buffer).toBeInstanceOf(ArrayBuffer);
    expect(large.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it("goes on filling its segment after a view that needed one of its own", () => {
    const arena = createArena(128);
    const first = arena.float32(16);

    arena.float32(100);
    const second = arena.float32(16);

    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(64);
  });

  it.each([-1, 1.5, Number.NaN])("refuses segments of %s bytes", (segmentBytes) => {
    expect(() => createArena(segmentBytes)).toThrow(
      `createArena: segmentBytes is ${segmentBytes}, expected an integer >= 0`,
    );
  });

  it("counts the bytes handed out with their padding", () => {
    const arena = createArena(1 << 12);

    arena.float32(1);
    arena.int32(17);

    // 4 bytes fill one line of 64, 68 bytes two.
    expect(arena.usedBytes).toBe(3 * ALIGNMENT_BYTES);
  });

  it.each([-1, 1.5, Number.NaN])("refuses the length %s", (length) => {
    const arena = createArena(1 << 12);

    expect(() => arena.float32(length)).toThrow(`arena: length is ${length}, expected an integer >= 0`);
  });
});
