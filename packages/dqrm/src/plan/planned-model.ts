import type { DlrmConfig, TableDemand } from "@dqrm/dlrm";
import type { Assignment } from "../commands/dlrm-aliases.ts";

/** Describes the model that a plan is for. */
export interface PlannedModel {
  /** How people call it: a shape, a file, or the list of rows. */
  readonly title: string;
  readonly config: DlrmConfig;
  /** How `dqrm train` names the configuration that the model comes from. */
  readonly preset: string;
  /** What was changed in it to come to `config`. */
  readonly changes: readonly Assignment[];
  readonly denseFeatures: number;
  readonly tables: readonly TableDemand[];
}
