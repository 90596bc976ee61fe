import {
  allGather,
  barrier,
  createAppendSink,
  createDenseSink,
  createExchange,
  createMessageSchema,
  type RowSink,
  type Transport,
} from "@dqrm/comm";
import { createRowGradient, DqrmError, type Kernels, type ModelSpec } from "@dqrm/core";
import {
  chooseLayerSum,
  createShardGradients,
  gradientCodecs,
  gradientEncoders,
  gradientPresets,
  MEASURED_STEPS,
  measureEntropy,
  modelParameters,
  type GradientPresetName,
  type LayerSum,
  type ModelParameter,
  type ShardGradients,
} from "@dqrm/dlrm";
import type { ExchangeBenchOptions, ExchangeBenchTools } from "./bench-exchange.ts";
import type { Meters } from "./meters.ts";

/** The same on every worker: part of what a message says about its model. */
const SEED = 5;

/** Exchanges of each codec before those that are timed: codecs that measure the link have then decided. */
export const WARMUP_STEPS: number = MEASURED_STEPS;

/** Exchanges the gradients of a worker by one codec, and keeps the times. */
export interface ExchangeBench {
  readonly codec: GradientPresetName;
  readonly layerSum: LayerSum;
  readonly gradients: ShardGradients;
  /** Of the steps that count. */
  readonly bytes: number[];
  readonly exchanges: number[];
  readonly wire: number[];
  measure(step: number, meters: Meters): Promise<void>;
}

/** Prepares the exchange by one codec among the ends of a transport. */
export function prepareExchange(
  spec: ModelSpec,
  { codec, layerSum: wanted }: Pick<ExchangeBenchOptions, "layerSum"> & Pick<ExchangeBench, "codec">,
  { kernels, transport }: Pick<ExchangeBenchTools, "kernels" | "transport">,
): ExchangeBench {
  const codecs = gradientCodecs(gradientPresets[codec], kernels);
  const shards = transport.size;
  const layerSum = chooseLayerSum(wanted, { ...gradientPresets[codec], shards }, transport.size);
  const parameters = modelParameters(spec, codecs, layerSum);
  const gradients = createShardGradients(parameters);
  const sums = createSums(parameters, kernels);
  const schema = createMessageSchema(parameters, kernels);
  const encoders = [gradientEncoders(parameters, codecs)];
  const exchange = createExchange({ transport, schema, shards, seed: SEED, encoders });
  const measuring = codecs.entropy === undefined ? undefined : measureEntropy(codecs.entropy);
  const bytes: number[] = [];
  const exchanges: number[] = [];
  const wire: number[] = [];
  const sendBytes = prepareWire(transport);
  return {
    codec,
    layerSum,
    gradients,
    bytes,
    exchanges,
    wire,
    async measure(step, { now }) {
      sums.clear();
      await barrier(transport);
      const begin = now();
      const { sentBytes } = await exchange.step(step, [gradients.gradients], sums.sinks);
      const exchanged = now() - begin;
      await barrier(transport);
      const again = now();
      await sendBytes(Math.round(sentBytes));
      const own = [exchanged, now() - again, sentBytes, sums.digest()];
      const columns = transpose(await gatherNumbers(transport, own));
      const [times, wires, sizes, digests] = columns;
      checkDigests(digests, step);
      measuring?.took(Math.max(...times));
      if (step < WARMUP_STEPS) return;
      exchanges.push(Math.max(...times));
      wire.push(Math.max(...wires));
      bytes.push(mean(sizes));
    },
  };
}

/** Prepares to bring so many bytes of each worker to all others. */
function prepareWire(transport: Transport): (count: number) => Promise<void> {
  const { rank, size } = transport;
  const peers = Array.from({ length: size }, (_, peer) => peer).filter((peer) => peer !== rank);
  let room = new Uint8Array(0);
  return async (count) => {
    if (room.length < count) room = new Uint8Array(2 * count);
    const sent = peers.map((peer) => transport.send(peer, room.subarray(0, count)));
    const received = peers.map(async (peer) => {
      const bytes = await transport.receive(peer);
      transport.recycle?.(bytes);
    });
    await Promise.all([...sent, ...received]);
  };
}

function transpose(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}

interface Sums {
  readonly sinks: readonly RowSink[];
  clear(): void;
  digest(): number;
}

/** Adds layers into whole arrays, and keeps the rows of tables one after the other, as a training step does. */
function createSums(parameters: readonly ModelParameter[], kernels: Kernels): Sums {
  const checksum = kernels.prepare("checksum", {});
  const parts = parameters.map(({ cols, place, rows }) => {
    if (place.kind === "tables" || place.kind === "poolingWeights") {
      const gathered = createRowGradient(cols, 0);
      return {
        sink: createAppendSink(gathered, rows),
        clear: () => {
          gathered.count = 0;
        },
        values: () => gathered.values.subarray(0, gathered.count * cols),
      };
    }
    const values = new Float32Array(rows * cols);
    return {
      sink: createDenseSink(values, rows, cols, kernels),
      clear: () => values.fill(0),
      values: () => values,
    };
  });
  return {
    sinks: parts.map(({ sink }) => sink),
    clear() {
      for (const part of parts) part.clear();
    },
    digest: () =>
      parts.reduce((digest, part) => {
        const { buffer, byteLength, byteOffset } = part.values();
        return checksum(new Uint8Array(buffer, byteOffset, byteLength), 0, byteLength, digest);
      }, 0),
  };
}

/** Brings the numbers of each worker to all. */
export async function gatherNumbers(
  transport: Transport,
  numbers: readonly number[],
): Promise<readonly (readonly number[])[]> {
  const all = await allGather(transport, new Uint8Array(Float64Array.from(numbers).buffer));
  return all.map((bytes) => [...new Float64Array(bytes.slice().buffer)]);
}

function checkDigests(digests: readonly number[], step: number): void {
  const peer = digests.findIndex((digest) => digest !== digests[0]);
  if (peer < 0) return;
  const [expected, actual] = [digests[0], digests[peer]].map((digest) => digest.toString(16));
  throw new DqrmError("DESYNC", { peer, step, what: "digest of the sum", expected, actual });
}

/** Gives the mean of numbers, of which there is at least one. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
