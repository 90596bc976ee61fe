import { readFileSync } from "node:fs";
import {
  compileTraining,
  createArena,
  createKernels,
  reference,
  type Batch,
  type ModelSpec,
  type ModelState,
} from "@dqrm/core";
import {
  buildModelSpec,
  initModelState,
  learningRateAt,
  compatibleKernels,
  presets,
  type DlrmConfig,
} from "@dqrm/dlrm";

/** One step of a run of the reference program. */
export interface GoldenStep {
  readonly X: readonly (readonly number[])[];
  /** Row of each sample, in fixtures with one index a bag. */
  readonly idx?: readonly (readonly number[])[];
  readonly offsets?: readonly (readonly number[])[];
  readonly indices?: readonly (readonly number[])[];
  readonly T: readonly (readonly number[])[];
  readonly Z: readonly (readonly number[])[];
  readonly loss: number;
  readonly emb_scale?: readonly number[];
}

type Parameter = readonly number[] | readonly (readonly number[])[];

/** A run of the reference program in PyTorch: parameters before and after, losses of the steps. */
export interface GoldenRun {
  readonly names: readonly string[];
  readonly init: readonly Parameter[];
  readonly final: readonly Parameter[];
  readonly steps: readonly GoldenStep[];
}

export interface DqrmRun extends GoldenRun {
  readonly lr: number;
  readonly bits_w: 4 | 8;
  readonly bits_e: 2 | 4 | 8;
  readonly period: number;
  readonly per_channel: boolean;
}

/** How far our run is from the reference's. */
export interface Distance {
  readonly loss: number;
  readonly prediction: number;
  readonly scale: number;
  readonly parameter: number;
}

/** Reads a run of facebookresearch/dlrm. */
export function readGolden(name: string): GoldenRun {
  // The file is ours; runGolden checks that its parameters fit.
  return readFixture(name) as GoldenRun;
}

/** Reads the trainings of the authors' quantized layers, by name. */
export function readDqrmRuns(): ReadonlyMap<string, DqrmRun> {
  // The file is ours; its other entries are vectors of the quantizers.
  const entries = Object.entries(readFixture("dqrm_modules") as Record<string, DqrmRun>);
  return new Map(entries.filter(([name]) => name.startsWith("dqrm_")));
}

/** Holds what the authors' baselines make of one small table. */
export interface BaselineVectors {
  readonly quantizer: { readonly x: readonly (readonly number[])[] };
  readonly lsq_pt: { readonly s: number; readonly y: readonly (readonly number[])[] };
  readonly dorefa: Readonly<Record<"2" | "4" | "8", readonly (readonly number[])[]>>;
}

/** Reads the outputs of the authors' LSQ and DoReFa modules. */
export function readBaselines(): BaselineVectors {
  // The file is ours; the tests that read it compare every number.
  return readFixture("dqrm_modules") as BaselineVectors;
}

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));
}

/** The configuration of the reference program's small runs: plain SGD, floats. */
export const plainConfig: DlrmConfig = {
  ...presets.kaggle,
  quantization: {
    ...presets.kaggle.quantization,
    tables: { ...presets.kaggle.quantization.tables, bits: 32 },
    mlp: { ...presets.kaggle.quantization.mlp, bits: 32 },
  },
};

export function runGolden(config: DlrmConfig, rows: readonly number[], run: GoldenRun): Distance {
  const features = rows.map((count, f) => ({ name: `table-${f}`, rows: count }));
  const spec = buildModelSpec(config, { denseFeatures: run.steps[0].X[0].length, features });
  const state = initModelState(spec, {
    seed: 0,
    arena: createArena(1 << 16),
    embeddingInit: config.model.embeddingInit,
    compatibility: config.compatibility,
  });
  const parameters = parametersByName(spec, state, run.names);
  parameters.forEach((parameter, k) => {
    parameter.set(run.init[k].flat());
  });
  const batches = run.steps.map(toBatch);
  const maxBatch = Math.max(...batches.map(({ size }) => size));
  const plan = compileTraining(
    spec,
    state,
    compatibleKernels(config.compatibility, createKernels([reference])),
    { maxBatch },
  );
  const distance = { loss: 0, prediction: 0, scale: 0, parameter: 0 };
  const predictions = new Float32Array(maxBatch);
  run.steps.forEach((step, s) => {
    const loss = plan.forwardBackward(batches[s]);
    plan.infer(batches[s], predictions);
    plan.step(batches[s], learningRateAt(config.learningRate, s));
    distance.loss = Math.max(distance.loss, Math.abs(loss - step.loss));
    distance.prediction = Math.max(distance.prediction, largest(predictions, step.Z.flat()));
    step.emb_scale?.forEach((scale, t) => {
      distance.scale = Math.max(distance.scale, Math.abs(scale - state.tables[t].scale[0]));
    });
  });
  distance.parameter = Math.max(...parameters.map((p, k) => largest(p, run.final[k].flat())));
  return distance;
}

function parametersByName(spec: ModelSpec, state: ModelState, names: readonly string[]): Float32Array[] {
  let table = 0;
  let pooling = 0;
  let projection = 0;
  const layers = [...state.bottom, ...state.top].flatMap(({ bias, weight }) => [weight, bias]);
  let layer = 0;
  const found = names.map((name): Float32Array => {
    if (name.includes("proj")) return state.projections[projection++].weight;
    if (name.startsWith("v_W_l")) return state.tables[pooling++].poolingWeights;
    if (name.startsWith("emb")) return state.tables[table++].weights;
    return layers[layer++];
  });
  if (table !== spec.tables.length || layer !== layers.length || projection !== state.projections.length) {
    throw new Error(`the fixture's parameters ${names.join(" ")} do not fit the spec`);
  }
  return found;
}

function toBatch(step: GoldenStep): Batch {
  const size = step.X.length;
  const lists = step.indices ?? step.idx ?? [];
  return {
    size,
    dense: Float32Array.from(step.X.flat()),
    labels: Float32Array.from(step.T.flat()),
    bags: lists.map((indices, f) => {
      const starts = step.offsets?.[f] ?? indices.map((_, i) => i);
      return { indices: Int32Array.from(indices), offsets: Int32Array.from([...starts, indices.length]) };
    }),
  };
}

function largest(actual: Float32Array, expected: readonly number[]): number {
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
}
