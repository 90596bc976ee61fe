import { setConfigValues, type TableDemand } from "@dqrm/dlrm";
import { SHAPES, type ShapeName } from "../bench/shapes.ts";
import type { Assignment } from "../commands/dlrm-aliases.ts";
import { resolveConfig } from "../pipeline/resolve-config.ts";
import { UsageError } from "../terminal/report-error.ts";
import type { PlannedModel } from "./planned-model.ts";
import { readTables } from "./read-tables.ts";

/** Says which model is planned: a shape, or tables of one's own within a preset. */
export interface ModelChoice {
  readonly shape?: ShapeName;
  readonly rows?: readonly number[];
  /** File of tables. */
  readonly tables?: string;
  readonly dim?: number;
  readonly dense?: number;
  readonly preset: string;
}

/** Dense features of Criteo's logs, which a model has that is not told its own. */
const CRITEO_DENSE = 13;

/** Finds the model of a call; anything but one source of tables is a UsageError. */
export async function chooseModel(choice: ModelChoice): Promise<PlannedModel> {
  const { shape } = choice;
  return shape === undefined ? ownModel(choice) : shapeModel(choice, shape);
}

function shapeModel({ dense, dim, rows, tables }: ModelChoice, shape: ShapeName): PlannedModel {
  if (dense !== undefined || dim !== undefined || rows !== undefined || tables !== undefined) {
    throw new UsageError(
      "--shape has tables of its own, expected no --rows, --tables, --dim or --dense beside it",
    );
  }
  const { config, denseFeatures, rows: counts } = SHAPES[shape];
  return { title: shape, config, preset: shape, changes: [], denseFeatures, tables: numbered(counts) };
}

async function ownModel({
  dense = CRITEO_DENSE,
  dim,
  preset,
  rows,
  tables: path,
}: ModelChoice): Promise<PlannedModel> {
  if ((rows === undefined) === (path === undefined)) {
    throw new UsageError("expected one of --shape, --rows and --tables");
  }
  const base = await resolveConfig(preset, []);
  const { bottom, embeddingDim } = base.model;
  const cols = dim ?? embeddingDim;
  const wanted: readonly Assignment[] = [
    ...WHOLE_TABLES,
    ["model.embeddingDim", String(cols)],
    ["model.bottom", JSON.stringify([...bottom.slice(0, -1), cols])],
  ];
  const config = setConfigValues(base, wanted);
  const changes = wanted.filter(([key]) => valueAt(config, key) !== valueAt(base, key));
  const tables = path === undefined ? numbered(rows ?? []) : await readTables(path);
  return { title: path ?? "tables", config, preset, changes, denseFeatures: dense, tables };
}

/** What a plan starts from, whatever the preset does with its tables. */
const WHOLE_TABLES: readonly Assignment[] = [
  ["model.quotientRemainder.enabled", "false"],
  ["model.mixedDimensions.enabled", "false"],
  ["model.hashing.enabled", "false"],
  ["model.robe.enabled", "false"],
  ["model.tensorTrain.enabled", "false"],
  ["quantization.tables.quantizer", "uniform"],
  ["quantization.schedule", "[]"],
];

/** A value of a configuration as text, to compare. */
function valueAt(config: unknown, path: string): string {
  let value = config;
  for (const key of path.split(".")) {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    value = entries.find(([name]) => name === key)?.[1];
  }
  return JSON.stringify(value);
}

/** Names tables C1, C2, …, as the columns of Criteo's files are called. */
function numbered(rows: readonly number[]): readonly TableDemand[] {
  return rows.map((count, t) => ({ name: `C${t + 1}`, rows: count, lookups: 1 }));
}
