import { allGather, createMemoryTransports } from "@dqrm/comm";
import { crc32, DqrmError } from "@dqrm/core";
import { areGradientsPlain, gradientCodecs } from "../parallel/gradient-codecs.ts";
import { chooseLayerSum } from "../parallel/layer-sum.ts";
import { createParallelStep, type ParallelStep, type ShardResidual } from "../parallel/parallel-step.ts";
import { parseEpochRecord, type EpochRecord } from "./trainer-state.ts";
import type { TrainingRun } from "./training-run.ts";

/** Trains the batches of a run together with other workers. */
export type TrainingGroup = ParallelStep;

/** Lets a run train with its group, over the plan of the current phase; what error feedback keeps goes on. */
export function joinGroup(run: TrainingRun): void {
  const { kernels, options, plan, spec } = run;
  const { clock, config, layerSum: wanted = "auto", resume, seed } = options;
  const { shards } = config.gradients;
  if (options.transport === undefined && areGradientsPlain(config.gradients)) return;
  const [alone] = createMemoryTransports(1);
  const { transport = alone } = options;
  const before = run.group?.residuals ?? resume?.residuals ?? [];
  const codecs = gradientCodecs(config.gradients, kernels);
  const layerSum = chooseLayerSum(wanted, config.gradients, transport.size);
  run.group = createParallelStep({ transport, shards, codecs, layerSum, spec, plan, kernels, seed, clock });
  for (const residual of run.group.residuals) restore(residual, before);
}

function restore({ parameter, shard, values }: ShardResidual, before: readonly ShardResidual[]): void {
  const kept = before.find((other) => other.shard === shard && other.parameter === parameter);
  if (kept === undefined) {
    if (before.length === 0) return;
    const expected = `residuals of shard ${shard} of ${parameter} in the checkpoint: the same shards and codecs`;
    throw new DqrmError("STATE", { op: "resume", expected, actual: "there are none" });
  }
  if (kept.values.length !== values.length) {
    const [what, expected] = [`residuals of ${parameter}`, values.length];
    throw new DqrmError("SHAPE", { op: "resume", what, expected, actual: kept.values.length });
  }
  values.set(kept.values);
}

/** Tells whether another worker of the group measures for this one. */
export function isFollower({ options: { transport } }: TrainingRun): boolean {
  return transport !== undefined && transport.rank > 0;
}

/** The first worker measures for all, so that all decide by the same numbers. */
export async function shareRecord(
  run: TrainingRun,
  measure: () => Promise<EpochRecord>,
): Promise<EpochRecord> {
  const { transport } = run.options;
  if (transport === undefined) return measure();
  await checkSameLayers(run);
  const own = transport.rank === 0 ? new TextEncoder().encode(JSON.stringify(await measure())) : NOTHING;
  const [first] = await allGather(transport, own);
  return parseEpochRecord("record of the first worker", JSON.parse(new TextDecoder().decode(first)));
}

/** Tells whether a worker of the group was asked to stop, or the signal of a run of its own fired. */
export async function agreeToStop({ options: { signal, transport } }: TrainingRun): Promise<boolean> {
  const stop = signal?.aborted === true;
  if (transport === undefined) return stop;
  const all = await allGather(transport, Uint8Array.of(Number(stop)));
  return all.some(([asked]) => asked === 1);
}

/** Brings what error feedback keeps for every shard to every worker, whoever saves it; undefined for a run of its own. */
export async function gatherResiduals({
  group,
  options: { config, transport },
}: TrainingRun): Promise<readonly ShardResidual[] | undefined> {
  if (group === undefined) return undefined;
  const own = joined(group.residuals);
  const all = transport === undefined ? [own] : await allGather(transport, own);
  const perWorker = config.gradients.shards / all.length;
  return all.flatMap((bytes, rank) => {
    const numbers = new Float32Array(bytes.slice().buffer);
    let at = 0;
    return group.residuals.map(({ parameter, shard, values }) => {
      const part = numbers.slice(at, at + values.length);
      at += values.length;
      return { parameter, shard: rank * perWorker + (shard % perWorker), values: part };
    });
  });
}

/** Adds up what all workers have sent; nothing is asked of them where this one has trained no step, for then they may not answer. */
export async function sumSent({ options: { transport }, sent }: TrainingRun): Promise<TrainingRun["sent"]> {
  if (transport === undefined || sent.messages === 0) return sent;
  const own = new DataView(new ArrayBuffer(16));
  own.setFloat64(0, sent.messages, true);
  own.setFloat64(8, sent.bytes, true);
  const all = await allGather(transport, new Uint8Array(own.buffer));
  const views = all.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return {
    messages: views.reduce((sum, view) => sum + view.getFloat64(0, true), 0),
    bytes: views.reduce((sum, view) => sum + view.getFloat64(8, true), 0),
  };
}

/**
 * Compares the layers of all workers, on which every row has its effect: workers whose kernels round differently would train
 * models of their own.
 */
async function checkSameLayers({ options: { transport }, plan, state }: TrainingRun): Promise<void> {
  if (transport === undefined) return;
  plan.sync();
  let digest = 0;
  for (const { bias, weight } of [...state.bottom, ...state.top, ...state.projections]) {
    for (const { buffer, byteLength, byteOffset } of [weight, bias]) {
      digest = crc32(new Uint8Array(buffer, byteOffset, byteLength), digest);
    }
  }
  const all = await allGather(transport, new Uint8Array(Uint32Array.of(digest).buffer));
  const digests = all.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
  const peer = digests.findIndex((other) => other !== digests[0]);
  if (peer < 0) return;
  const [expected, actual] = [digests[0], digests[peer]].map((other) => other.toString(16));
  throw new DqrmError("DESYNC", { peer, step: state.step, what: "digest of the layers", expected, actual });
}

const NOTHING = new Uint8Array(0);

function joined(residuals: readonly ShardResidual[]): Uint8Array {
  const numbers = new Float32Array(residuals.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of residuals) {
    numbers.set(values, at);
    at += values.length;
  }
  return new Uint8Array(numbers.buffer);
}
