import type { LayerSum } from "@dqrm/dlrm";
import type { Assignment } from "../commands/dlrm-aliases.ts";
import type { ChosenTransport } from "../group/choose-transport.ts";

/** Holds the options of `dqrm train`. */
export interface TrainOptions extends ChosenTransport {
  readonly data: string;
  readonly schema: string;
  readonly label: string | undefined;
  /** Undefined takes demo for generated data and recommended for files. */
  readonly preset: string | undefined;
  readonly assignments: readonly Assignment[];
  readonly seed: number;
  /** Undefined takes the cores of the machine. */
  readonly threads: number | undefined;
  readonly kernels: string;
  readonly out: string;
  /** A directory with checkpoints to go on from. */
  readonly resume: string | undefined;
  /** Whether checkpoints of another run in `out` may be removed. */
  readonly overwrite: boolean;
  /** Dense inputs that the caller expects of the data; undefined takes what they have. */
  readonly denseInputs: number | undefined;
  readonly skipBadLines: boolean;
  /** Checkpoints that stay. */
  readonly keep: number;
  /** Steps between checkpoints inside an epoch; 0: after evaluations only. */
  readonly checkpointEverySteps: number;
  readonly json: boolean;
  /** Who sums the gradients of layers. */
  readonly layerSum: LayerSum | "auto";
  /** A worker that is silent for longer is lost. */
  readonly peerTimeoutSeconds: number;
}
