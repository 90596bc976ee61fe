import type { GradientCodec, SummableCodec } from "../codec.ts";
import { expectSame, expectThat, type ConformanceCase } from "./case.ts";
import type { CodecPromise } from "./promise.ts";
import { codecDamageCases } from "./codec-damage.ts";
import { codecSumCases } from "./codec-sum.ts";
import { codecUnbiasedCases } from "./codec-unbiased.ts";
import { allowedError, collect, collectedAt, encoded, makeGradient, type SubjectSpec } from "./subjects.ts";

const SHAPES: Readonly<Record<string, Omit<SubjectSpec, "rows">>> = {
  "no rows": { cols: 16, count: 0, magnitude: 1 },
  "one row": { cols: 16, count: 1, magnitude: 1 },
  "many rows": { cols: 16, count: 40, magnitude: 1e-3 },
  "one column": { cols: 1, count: 5, magnitude: 1 },
  "an odd number of columns": { cols: 7, count: 5, magnitude: 1 },
  "all zeros": { cols: 8, count: 3, magnitude: 0 },
  "denormal values": { cols: 8, count: 3, magnitude: 1e-42 },
  "huge values": { cols: 8, count: 3, magnitude: 1e38 },
};

/**
 * Yields the cases of the {@link GradientCodec} contract; a codec with combine "sum" must be a {@link SummableCodec}.
 *
 * ```ts doctest
 * import { none } from "@dqrm/comm";
 * import { codecConformance } from "@dqrm/comm/conformance";
 * const promise = { rows: "any", relativeError: 0, unbiased: true, detectsDamage: true } as const;
 * const passed: string[] = [];
 * for (const { name, run, skip } of codecConformance(none, promise)) {
 *   if (skip !== undefined) continue;
 *   await run();
 *   passed.push(name);
 * }
 * passed[0]; // => "none: no rows come back within the promised error"
 * ```
 */
export function* codecConformance(
  codec: GradientCodec | SummableCodec,
  promise: CodecPromise,
): Generator<ConformanceCase> {
  for (const [what, shape] of Object.entries(SHAPES)) {
    yield {
      name: `${codec.name}: ${what} come back within the promised error`,
      run: () => {
        checkRoundTrip(codec, promise, { ...shape, rows: promise.rows });
      },
    };
  }
  yield* purityCases(codec, promise);
  yield* codecDamageCases(codec, promise);
  yield* codecUnbiasedCases(codec, promise);
  yield* codecSumCases(codec, promise);
}

function checkRoundTrip(codec: GradientCodec, promise: CodecPromise, spec: SubjectSpec): void {
  const gradient = makeGradient(spec);
  const sink = collect(spec.cols);
  codec.decode(encoded(codec, gradient), sink);
  const rows = new Set(gradient.rows.subarray(0, spec.count));
  for (const row of sink.sums.keys()) expectThat(rows.has(row), `row ${row} was never encoded`);
  for (let i = 0; i < spec.count; i++) {
    const allowed = allowedError(promise, gradient, i);
    for (let c = 0; c < spec.cols; c++) {
      const original = gradient.values[i * spec.cols + c];
      const decoded = collectedAt(sink, gradient.rows[i], c);
      expectThat(
        Math.abs(decoded - original) <= allowed,
        `row ${gradient.rows[i]} column ${c}: ${decoded} for ${original}, allowed ±${allowed}`,
      );
    }
  }
}

function* purityCases(codec: GradientCodec, { rows }: CodecPromise): Generator<ConformanceCase> {
  yield {
    name: `${codec.name}: the same gradient and key give the same bytes`,
    run() {
      const gradient = makeGradient({ cols: 16, count: 20, magnitude: 1, rows });
      const key = { seed: 7, stream: 3 };
      expectSame(encoded(codec, gradient, key), encoded(codec, gradient, key), "second encoding");
    },
  };
  yield {
    name: `${codec.name}: encoding leaves the gradient as it was`,
    run() {
      const gradient = makeGradient({ cols: 5, count: 6, magnitude: 1, rows });
      const before = makeGradient({ cols: 5, count: 6, magnitude: 1, rows });
      encoded(codec, gradient);
      expectThat(gradient.count === before.count, `count became ${gradient.count}`);
      expectSame(gradient.rows, before.rows, "rows");
      expectSame(gradient.values, before.values, "values");
    },
  };
  yield {
    name: `${codec.name}: a payload needs nothing that its encoder kept`,
    run() {
      const gradient = makeGradient({ cols: 4, count: 2, magnitude: 1, rows });
      const bytes = encoded(codec, gradient);
      const alone = collect(4);
      codec.decode(bytes, alone);
      encoded(codec, makeGradient({ cols: 4, count: 9, magnitude: 100, rows }));
      const later = collect(4);
      codec.decode(bytes, later);
      expectThat(later.sums.size === alone.sums.size, "another encoding changed what the payload means");
      for (const [row, sum] of alone.sums) expectSame(later.sums.get(row) ?? [], sum, `row ${row}`);
    },
  };
  yield {
    name: `${codec.name}: decoding adds to the sink`,
    run() {
      const bytes = encoded(codec, makeGradient({ cols: 4, count: 3, magnitude: 1, rows }));
      const once = collect(4);
      const twice = collect(4);
      codec.decode(bytes, once);
      codec.decode(bytes, twice);
      codec.decode(bytes, twice);
      for (const [row, sum] of once.sums) {
        expectSame(
          twice.sums.get(row) ?? [],
          sum.map((value) => 2 * value),
          `row ${row}`,
        );
      }
    },
  };
  yield {
    name: `${codec.name}: a payload decodes at any byte offset, and stays as it was`,
    run() {
      const bytes = encoded(codec, makeGradient({ cols: 4, count: 3, magnitude: 1, rows }));
      const shifted = new Uint8Array(bytes.length + 3);
      shifted.set(bytes, 3);
      const straight = collect(4);
      const moved = collect(4);
      codec.decode(bytes, straight);
      codec.decode(shifted.subarray(3), moved);
      for (const [row, sum] of straight.sums) expectSame(moved.sums.get(row) ?? [], sum, `row ${row}`);
      expectSame(shifted.subarray(3), bytes, "payload");
    },
  };
}
