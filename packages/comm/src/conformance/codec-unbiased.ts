import type { GradientCodec } from "../codec.ts";
import { expectThat, type ConformanceCase } from "./case.ts";
import type { CodecPromise } from "./promise.ts";
import { allowedError, collect, collectedAt, encoded, makeGradient, rowPeak } from "./subjects.ts";

const RUNS = 4000;

/** One false alarm in 10^12 numbers checked. */
const FALSE_ALARM = 1e-12;

/** Yields the case about the mean over keys. */
export function* codecUnbiasedCases(codec: GradientCodec, promise: CodecPromise): Generator<ConformanceCase> {
  yield {
    name: `${codec.name}: the mean over keys is the gradient`,
    ...(promise.unbiased ? {} : { skip: "the codec does not promise it" }),
    run() {
      const cols = 8;
      const gradient = makeGradient({ cols, count: 2, magnitude: 1, rows: promise.rows });
      const sink = collect(cols);
      for (let seed = 0; seed < RUNS; seed++)
        codec.decode(encoded(codec, gradient, { seed, stream: 0 }), sink);
      for (let i = 0; i < gradient.count; i++) {
        // Hoeffding for errors within ± what is promised; decoded values are rounded to f32 besides.
        const promised = allowedError(promise, gradient, i);
        const spread = promised * Math.sqrt((2 * Math.log(2 / FALSE_ALARM)) / RUNS);
        const allowed = spread + rowPeak(gradient, i) * 2 ** -23;
        for (let c = 0; c < cols; c++) {
          const original = gradient.values[i * cols + c];
          const mean = collectedAt(sink, gradient.rows[i], c) / RUNS;
          expectThat(
            Math.abs(mean - original) <= allowed,
            `mean ${mean} for ${original}, allowed ±${allowed}`,
          );
        }
      }
    },
  };
}
