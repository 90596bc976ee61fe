import type { Environment, StartTimer } from "@dqrm/comm";
import type { ImportModule } from "../pipeline/choose-kernels.ts";
import type { StudyEnvironment } from "../study/study-result.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { StartProcess } from "../group/start-processes.ts";

/** Gives a command everything that it takes from outside. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly importModule: ImportModule;
  /** The variables of the process, in which a launcher says which worker it is. */
  readonly environment: Environment;
  readonly startTimer: StartTimer;
  readonly startProcess: StartProcess;
  /** Finds a port of this machine on which nobody listens. */
  readonly freePort: () => Promise<number>;
  /** The built program of a study's worker threads. */
  readonly studyWorkerUrl: URL;
  /** The built program of the worker threads of `train --workers`. */
  readonly trainWorkerUrl: URL;
  /** The built program of the worker threads of `bench lookup`. */
  readonly lookupWorkerUrl: URL;
  readonly machine: Omit<StudyEnvironment, "workers">;
  /** Lets the event loop run. */
  readonly pause: () => Promise<void>;
  readonly temporaryDirectory: string;
  /** Bytes in use after a garbage collection, where the process allows one (`node --expose-gc`). */
  readonly measureMemory: () => { readonly heapBytes: number; readonly arrayBytes: number };
  /** Bytes that the process may still take, and the most that it has taken. */
  readonly processMemory: () => { readonly availableBytes: number; readonly peakRssBytes: number };
}
