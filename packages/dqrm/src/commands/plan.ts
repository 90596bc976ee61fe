import { writeFile } from "node:fs/promises";
import {
  buildModelSpec,
  layoutPackedModel,
  planAssignments,
  planTables,
  setConfigValues,
  type DlrmConfig,
  type PlanOptions,
  type TablePlan,
} from "@dqrm/dlrm";
import { writeFailure } from "../pipeline/write-failure.ts";
import type { PlannedModel } from "../plan/planned-model.ts";
import { modelText, planText, tablesText } from "../plan/plan-text.ts";
import { robeRows } from "../plan/robe-rows.ts";
import { layerRows, modelRows } from "../plan/model-rows.ts";
import { sizeRows } from "../plan/size-rows.ts";
import { formatCount } from "../terminal/format-number.ts";
import { callText } from "./call-text.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm plan`. */
export interface PlanCommandOptions extends Pick<PlanOptions, "alpha" | "blockCols" | "sharing" | "widths"> {
  readonly model: PlannedModel;
  /** What the papers print beside a size. */
  readonly paper: Readonly<Record<string, string>>;
  /** Bytes of all tables; undefined prints sizes only. */
  readonly budgetBytes: number | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
}

/** Prints what the tables of a model take in each way of keeping them, and a plan that fits a budget. */
export async function plan(options: PlanCommandOptions, { terminal }: Surroundings): Promise<void> {
  const { budgetBytes, json, model, out, paper } = options;
  const sizes = [...sizeRows(model), ...robeRows(model, options)];
  const layers = layerRows(model);
  const models = modelRows(sizes, layers);
  const chosen = budgetBytes === undefined ? undefined : choose(options, budgetBytes);
  if (chosen !== undefined && out !== undefined) await save(out, chosen.config);
  if (json) {
    const { tables, title } = model;
    const { embeddingDim } = model.config.model;
    terminal.out(
      `${JSON.stringify({ title, embeddingDim, tables, sizes, layers, models, budgetBytes, ...chosen })}\n`,
    );
    return;
  }
  terminal.out(`${tablesText(model, sizes)}\n${modelText(layers, models, paper)}`);
  if (chosen === undefined || budgetBytes === undefined) return;
  terminal.out(`\n${planText(chosen.plan, budgetBytes)}\n`);
  const bits = chosen.config.quantization.mlp.bits;
  terminal.out(
    `model.safetensors ${formatCount(chosen.fileBytes)} bytes, with layers in ${bits === 32 ? "FP32" : `INT${bits}`}\n`,
  );
  terminal.out(`${trainText(options, chosen)}\n`);
}

interface ChosenPlan {
  readonly plan: TablePlan;
  readonly assignments: readonly (readonly [path: string, text: string])[];
  readonly config: DlrmConfig;
  /** The packed model, header and layers included. */
  readonly fileBytes: number;
}

function choose(options: PlanCommandOptions, budgetBytes: number): ChosenPlan {
  const { denseFeatures, tables, config: base } = options.model;
  const cols = base.model.embeddingDim;
  const found = planTables({ ...options, tables, cols, budgetBytes });
  const assignments = planAssignments(found);
  const config = setConfigValues(base, assignments);
  const spec = buildModelSpec(config, { denseFeatures, features: tables });
  return { plan: found, assignments, config, fileBytes: layoutPackedModel(spec).fileBytes };
}

async function save(path: string, config: DlrmConfig): Promise<void> {
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`).catch((cause: unknown) => {
    throw writeFailure(path, "a configuration to write", cause);
  });
}

function trainText({ model, out }: PlanCommandOptions, { assignments }: ChosenPlan): string {
  const call =
    out === undefined
      ? callText("train", { data: "FILE", preset: model.preset, out: "runs/plan" }, [
          ...model.changes,
          ...assignments,
        ])
      : callText("train", { data: "FILE", preset: out, out: "runs/plan" }, []);
  return out === undefined ? `train it: ${call}` : `written: ${out}\ntrain it: ${call}`;
}
