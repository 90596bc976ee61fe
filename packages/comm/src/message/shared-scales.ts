import type { RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import { allGather } from "../collectives.ts";
import { wireError } from "../wire.ts";
import type { SharedScales } from "./encode-message.ts";
import type { ExchangeOptions } from "./exchange.ts";
import { MESSAGE } from "./message-header.ts";

/** Lets the encoders of all shards have the mean of their scales, before the gradients are encoded. */
export type ShareScales = (
  gradients: readonly (readonly RowGradient[])[],
  signal: CancelSignal | undefined,
) => Promise<void>;

/** Prepares the first round of a step in which encoders share scales; undefined where none does. */
export function prepareSharedScales(
  { encoders, shards, transport }: ExchangeOptions,
  count: number,
): ShareScales | undefined {
  const own = Array.from({ length: count }, (_, s) => sharersOf(encoders?.[s] ?? []));
  const scales = own[0].reduce((sum, { shared }) => sum + shared.count, 0);
  if (scales === 0) return undefined;
  return async function shareScales(gradients, signal) {
    const numbers = new Float32Array(count * scales);
    own.forEach((sharers, s) => {
      let at = s * scales;
      for (const { parameter, shared } of sharers) {
        shared.localScales(gradients[s][parameter], numbers.subarray(at, at + shared.count));
        at += shared.count;
      }
    });
    const all = await allGather(transport, new Uint8Array(numbers.buffer), signal);
    const means = meanScales(all, count * scales, shards);
    for (const sharers of own) {
      let at = 0;
      for (const { shared } of sharers) {
        shared.use(means.subarray(at, at + shared.count));
        at += shared.count;
      }
    }
  };
}

interface Sharer {
  readonly parameter: number;
  readonly shared: SharedScales;
}

function sharersOf(encoders: NonNullable<ExchangeOptions["encoders"]>[number]): readonly Sharer[] {
  return encoders.flatMap((encoder, parameter) =>
    encoder?.shared === undefined ? [] : [{ parameter, shared: encoder.shared }],
  );
}

/** Sums in the order of the shards, in double; a scale that is no number, of a gradient that makes all skip the step, counts as 0. */
function meanScales(all: readonly Uint8Array[], perWorker: number, shards: number): Float32Array {
  const scales = (perWorker * all.length) / shards;
  const sums = new Float64Array(scales);
  for (const bytes of all) {
    if (bytes.length !== 4 * perWorker) throw wireError(MESSAGE, 0, `${bytes.length} bytes of scales`);
    const numbers = new Float32Array(bytes.slice().buffer);
    numbers.forEach((scale, i) => {
      if (scale > 0 && scale < Infinity) sums[i % scales] += scale;
    });
  }
  return Float32Array.from(sums, (sum) => sum / shards);
}
