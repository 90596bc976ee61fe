import type { GradientCodec, SummableCodec } from "../codec.ts";
import { expectRefusal, expectThat, type ConformanceCase } from "./case.ts";
import type { CodecPromise } from "./promise.ts";
import { collect, collectedAt, encoded, makeGradient, rowPeak } from "./subjects.ts";

/** Yields the cases about adding payloads, skipped for a codec that cannot. */
export function* codecSumCases(
  codec: GradientCodec | SummableCodec,
  { relativeError, rows }: CodecPromise,
): Generator<ConformanceCase> {
  const skip = isSummable(codec) ? {} : { skip: 'combine is "gather"' };
  yield {
    name: `${codec.name}: added payloads decode to the sum`,
    ...skip,
    run() {
      if (!isSummable(codec)) return;
      const cols = 6;
      const first = makeGradient({ cols, count: 4, magnitude: 1, rows });
      const second = makeGradient({ cols, count: 4, magnitude: 0.1, rows });
      const into = encoded(codec, first);
      codec.addPayload(into, encoded(codec, second));
      const sink = collect(cols);
      codec.decode(into, sink);
      for (let i = 0; i < first.count; i++) {
        const peaks = rowPeak(first, i) + rowPeak(second, i);
        for (let c = 0; c < cols; c++) {
          const exact = first.values[i * cols + c] + second.values[i * cols + c];
          const decoded = collectedAt(sink, first.rows[i], c);
          // Each payload may be off by its promise, and their sum is rounded to f32 once.
          const allowed = relativeError * peaks + 2 ** -24 * Math.abs(exact);
          expectThat(Math.abs(decoded - exact) <= allowed, `${decoded} for ${exact}, allowed ±${allowed}`);
        }
      }
    },
  };
  yield {
    name: `${codec.name}: refuses to add a payload of other rows, or a cut one`,
    ...skip,
    async run() {
      if (!isSummable(codec)) return;
      const into = encoded(codec, makeGradient({ cols: 6, count: 4, magnitude: 1, rows }));
      const other = encoded(codec, makeGradient({ cols: 6, count: 5, magnitude: 1, rows }));
      const add = (from: Uint8Array) => () => {
        codec.addPayload(into, from);
      };
      await expectRefusal(add(other), ["WIRE"], "5 rows into 4");
      await expectRefusal(add(into.slice(0, -1)), ["WIRE"], "a cut payload");
    },
  };
}

function isSummable(codec: GradientCodec | SummableCodec): codec is SummableCodec {
  return codec.combine === "sum" && "addPayload" in codec;
}
