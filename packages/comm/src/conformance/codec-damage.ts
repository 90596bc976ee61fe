import type { GradientCodec } from "../codec.ts";
import type { ErrorCode } from "@dqrm/core";
import { expectRefusal, expectThat, type ConformanceCase } from "./case.ts";
import type { CodecPromise } from "./promise.ts";
import { collect, encoded, KEY, makeGradient } from "./subjects.ts";

/** Yields the cases about input that a codec must refuse: damaged payloads, wrong sinks, gradients that are no numbers. */
export function* codecDamageCases(codec: GradientCodec, promise: CodecPromise): Generator<ConformanceCase> {
  const { rows } = promise;
  yield {
    name: `${codec.name}: refuses a payload cut at any byte, and adds nothing`,
    async run() {
      const bytes = encoded(codec, makeGradient({ cols: 4, count: 3, magnitude: 1, rows }));
      for (let cut = 0; cut < bytes.length; cut++) {
        await refuses(codec, bytes.subarray(0, cut), `${cut} bytes of ${bytes.length}`);
      }
    },
  };
  yield {
    name: `${codec.name}: refuses a byte too many, and adds nothing`,
    async run() {
      const bytes = encoded(codec, makeGradient({ cols: 4, count: 3, magnitude: 1, rows }));
      await refuses(codec, Uint8Array.of(...bytes, 0), "one byte more");
    },
  };
  yield {
    name: `${codec.name}: refuses a payload with any one byte changed, and adds nothing`,
    ...(promise.detectsDamage ? {} : { skip: "the codec does not promise it" }),
    async run() {
      const bytes = encoded(codec, makeGradient({ cols: 4, count: 3, magnitude: 1, rows }));
      for (let at = 0; at < bytes.length; at++) {
        for (const mask of [0x01, 0x80, 0xff]) {
          const damaged = bytes.slice();
          damaged[at] ^= mask;
          await refuses(codec, damaged, `byte ${at} ^ ${mask}`);
        }
      }
    },
  };
  yield {
    name: `${codec.name}: refuses a row that the sink does not have, and adds nothing`,
    async run() {
      const gradient = makeGradient({ cols: 4, count: 3, magnitude: 1, rows });
      const bytes = encoded(codec, gradient);
      await refuses(codec, bytes, "a table too short", {
        rows: Math.max(...gradient.rows.subarray(0, gradient.count)),
      });
    },
  };
  yield {
    name: `${codec.name}: refuses a sink with other columns`,
    async run() {
      const bytes = encoded(codec, makeGradient({ cols: 4, count: 3, magnitude: 1, rows }));
      await refuses(codec, bytes, "a sink of 5 columns", { cols: 5, codes: ["SHAPE"] });
    },
  };
  yield* gradientCases(codec, promise);
}

function* gradientCases(codec: GradientCodec, { rows }: CodecPromise): Generator<ConformanceCase> {
  yield {
    name: `${codec.name}: refuses to encode NaN and infinities`,
    async run() {
      for (const value of [NaN, Infinity, -Infinity]) {
        const gradient = makeGradient({ cols: 4, count: 3, magnitude: 1, rows });
        gradient.values[6] = value;
        await expectRefusal(() => encoded(codec, gradient), ["NON_FINITE"], `gradient with ${value}`);
      }
    },
  };
  yield {
    name: `${codec.name}: refuses a buffer shorter than maxBytes`,
    async run() {
      const gradient = makeGradient({ cols: 4, count: 3, magnitude: 1, rows });
      const out = new Uint8Array(codec.maxBytes(3, 4) - 1);
      await expectRefusal(() => codec.encode(gradient, out, KEY), ["SHAPE"], "short buffer");
    },
  };
}

async function refuses(
  codec: GradientCodec,
  bytes: Uint8Array,
  what: string,
  expected: { readonly rows?: number; readonly cols?: number; readonly codes?: readonly ErrorCode[] } = {},
): Promise<void> {
  const sink = collect(expected.cols ?? 4, expected.rows);
  await expectRefusal(
    () => {
      codec.decode(bytes, sink);
    },
    expected.codes ?? ["WIRE"],
    what,
  );
  expectThat(sink.sums.size === 0, `${what}: refused, but ${sink.sums.size} rows were added`);
}
