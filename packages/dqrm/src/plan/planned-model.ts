import type { DlrmConfig, TableDemand } from "@dqrm/dlrm";

/** Describes the model that a plan is for. */
export interface PlannedModel {
  /** How people call it: a shape, a file, or the list of rows. */
  readonly title: string;
  readonly config: DlrmConfig;
  /** How `dqrm train` names the configuration that the plan changes. */
  readonly preset: string;
  readonly denseFeatures: number;
  readonly tables: readonly TableDemand[];
}
