import type { TrainingBits } from "../config/dlrm-config.ts";

/** Describes a table that a plan has to find room for. */
export interface TableDemand {
  readonly name: string;
  readonly rows: number;
  /** Rows of it that a sample looks up, on average. */
  readonly lookups: number;
}

/** Says what a plan may spend and what it may choose from. */
export interface PlanOptions {
  readonly tables: readonly TableDemand[];
  /** Columns of every table. */
  readonly cols: number;
  /** Most bytes that codes, floats and scales of all tables may take. */
  readonly budgetBytes: number;
  /** Bits that a weight may have. */
  readonly widths: readonly TrainingBits[];
  /** Whether the longest tables may share one array of cells (ROBE). */
  readonly sharing: "robe" | "none";
  /** Cells that are read together from the shared array; a factor of cols. */
  readonly blockCols: number;
  /** Exponent of the power law of lookups over the rows of a table. */
  readonly alpha: number;
}

/** Holds what a plan chose for one table. */
export interface TableChoice {
  readonly name: string;
  readonly rows: number;
  /** "table": rows of its own; "shared": cells of the array. */
  readonly method: "table" | "shared";
  readonly bits: TrainingBits;
  /** Codes or floats, and scales; 0 for a shared table, whose cells the array counts. */
  readonly bytes: number;
  /** Expected squared error of a looked-up weight over its variance. */
  readonly loss: number;
}

/** Describes the array that the longest tables of a plan share. */
export interface SharedArray {
  /** A multiple of blockCols. */
  readonly cells: number;
  readonly blockCols: number;
  readonly bits: TrainingBits;
  /** "row": one scale for each block; "table": one for the array. */
  readonly granularity: "table" | "row";
  readonly bytes: number;
  /** Tables with more rows than this share it. */
  readonly threshold: number;
}

/** Holds a plan: a method and bits for each table, within the budget. */
export interface TablePlan {
  /** In the order of the demands. */
  readonly tables: readonly TableChoice[];
  readonly shared: SharedArray | null;
  readonly bytes: number;
  /** Mean of the tables' losses, weighted by their lookups: what the plan makes least. */
  readonly loss: number;
}
