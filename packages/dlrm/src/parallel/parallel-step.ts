import { createExchange, createMessageSchema, type PendingExchange, type Transport } from "@dqrm/comm";
import {
  DqrmError,
  type Batch,
  type Kernels,
  type ModelSpec,
  type RowGradient,
  type TrainingPlan,
} from "@dqrm/core";
import type { GradientCodecs } from "./gradient-codecs.ts";
import { gradientEncoders, type GradientEncoder } from "./gradient-encoders.ts";
import { createGradientSum } from "./gradient-sum.ts";
import type { LayerSum } from "./layer-sum.ts";
import { measureEntropy } from "./measure-entropy.ts";
import { modelParameters, type ModelParameter } from "./model-parameters.ts";
import { createShardGradients } from "./shard-gradients.ts";
import { sendShard, lossOf } from "./send-shard.ts";
import { prepareSlices } from "./slice-batch.ts";

/** Gives a parallel step what it is built from. */
export interface ParallelContext {
  readonly transport: Transport;
  readonly shards: number;
  readonly codecs: GradientCodecs;
  readonly layerSum: LayerSum;
  readonly spec: ModelSpec;
  readonly plan: TrainingPlan;
  readonly kernels: Kernels;
  /** Decides what is rounded up and down at random. */
  readonly seed: number;
  /** Gives the time in milliseconds. */
  readonly clock: () => number;
}

/** Says what a step of all workers did. */
export interface ParallelReport {
  /** Mean loss over the whole batch. */
  readonly loss: number;
  /** Messages of this worker, one for each of its shards, and the bytes that another worker received, on average over them. */
  readonly messages: number;
  readonly sentBytes: number;
  /** What the same gradients are as floats, with a number of 4 bytes for each row. */
  readonly floatBytes: number;
  /** Time to encode, send, receive, decode and add, but for what goes on beside the computing of gradients. */
  readonly exchangeMs: number;
  /** Whether a worker asked to stop: then all do, after the same step. */
  readonly stop: boolean;
}

/** Trains a batch on all workers: each computes the gradients of its shards, all apply the same sum. */
export interface ParallelStep {
  step(batch: Batch, how: StepOptions): Promise<ParallelReport>;
  /** What error feedback keeps for the own shards, to be saved and restored in place. */
  readonly residuals: readonly ShardResidual[];
}

/** Says how a step is made. */
export interface StepOptions {
  readonly learningRate: number;
  /** Number of the step, the same on every worker. */
  readonly step: number;
  /** Asks all workers to stop after this step. */
  readonly stop: boolean;
}

/** Names an array that error feedback keeps. */
export interface ShardResidual {
  readonly shard: number;
  readonly parameter: string;
  readonly values: Float32Array;
}

/**
 * Prepares steps of a worker group over a plan that every worker has a copy of.
 *
 * Every worker gets every whole batch and computes its own shards of it. No weights are ever sent: the sums are the same bits
 * everywhere, and so are the weights.
 *
 * @throws VALUE when the shards are no multiple of the workers, or the model quantizes activations by running ranges
 * @source DQRM §3.3; every sample is seen by exactly one shard, where the authors' code shows 31.6 % to none
 */
export function createParallelStep(context: ParallelContext): ParallelStep {
  const { clock, kernels, plan, seed, shards, spec, transport } = context;
  checkParallel(spec);
  const parameters = modelParameters(spec, context.codecs, context.layerSum);
  const schema = createMessageSchema(parameters, kernels);
  const first = transport.rank * Math.floor(shards / transport.size);
  const own = Math.max(1, Math.floor(shards / transport.size));
  const encoders = Array.from({ length: own }, () => gradientEncoders(parameters, context.codecs));
  const exchange = createExchange({ transport, schema, shards, seed, encoders });
  const stores = Array.from({ length: own }, () => createShardGradients(parameters));
  const slice = prepareSlices(spec.denseFeatures);
  const sum = createGradientSum(parameters, plan.gradients, kernels);
  const { entropy } = context.codecs;
  const measure = entropy === undefined ? undefined : measureEntropy(entropy);

  return {
    residuals: residualsOf(encoders, parameters, first),
    async step(batch, { learningRate, step, stop }) {
      const pending = timed(exchange.begin(step), clock);
      stores.forEach((store, s) => {
        const [begin, end] = shardOf(batch.size, first + s, shards);
        if (begin === end) {
          store.clear();
          // A shard without samples still lets the plan choose the scales of this step.
          lossOf(plan, slice(batch, 0, 1));
        }
        store.askToStop(stop);
        // The engine sends what it has while the rest of the shard, and the next, is computed.
        const share = (end - begin) / batch.size;
        if (begin === end) pending.send(store.gradients);
        else sendShard({ plan, parameters, store, pending, share }, slice(batch, begin, end));
      });
      sum.begin();
      const begin = clock();
      const { nonFinite, sentBytes } = await pending.finish(sum.sinks);
      if (nonFinite.length > 0) throw brokenShard(nonFinite[0]);
      const whole = sum.end();
      const exchangeMs = pending.sendingMs() + (clock() - begin);
      measure?.took(exchangeMs);
      plan.apply(learningRate);
      const floatBytes = floatBytesOf(stores.map((store) => store.gradients));
      return { ...whole, messages: own, sentBytes, floatBytes, exchangeMs };
    },
  };
}

/** Names what the encoders of the own shards keep. */
function residualsOf(
  encoders: readonly (readonly (GradientEncoder | undefined)[])[],
  parameters: readonly ModelParameter[],
  firstShard: number,
): readonly ShardResidual[] {
  return encoders.flatMap((list, s) =>
    list.flatMap((encoder, p) =>
      (encoder?.state ?? []).map((values) => ({
        shard: firstShard + s,
        parameter: parameters[p].name,
        values,
      })),
    ),
  );
}

function floatBytesOf(shards: readonly (readonly RowGradient[])[]): number {
  return shards.flat().reduce((bytes, { cols, count }) => bytes + 4 * count * (1 + cols), 0);
}

/** Counts the time that sending takes from the computing of gradients. */
function timed(pending: PendingExchange, clock: () => number): PendingExchange & { sendingMs(): number } {
  let sendingMs = 0;
  const count = (send: () => void): void => {
    const begin = clock();
    send();
    sendingMs += clock() - begin;
  };
  return {
    sendFirst(gradients, parameters) {
      count(() => {
        pending.sendFirst(gradients, parameters);
      });
    },
    send(gradients) {
      count(() => {
        pending.send(gradients);
      });
    },
    finish: (sinks) => pending.finish(sinks),
    sendingMs: () => sendingMs,
  };
}

function brokenShard(position: number): DqrmError<"NON_FINITE"> {
  const what = `loss or gradient of shard ${position}`;
  return new DqrmError("NON_FINITE", { what, position, actual: "NaN or infinite" });
}

function checkParallel({ activationQuantization }: ModelSpec): void {
  if (activationQuantization === undefined) return;
  const expected = "none: their ranges would follow each worker's own samples";
  throw new DqrmError("VALUE", { op: "trainModel", what: "quantized activations", expected, actual: "some" });
}

/** Gives the samples of a shard: [begin, end), as even as whole samples allow. */
export function shardOf(samples: number, shard: number, shards: number): readonly [number, number] {
  return [Math.floor((samples * shard) / shards), Math.floor((samples * (shard + 1)) / shards)];
}
