import type { TableQuantization } from "@dqrm/core";
import { expect } from "vitest";
import { initialTrainerState, parseTrainerState, type TrainerState } from "../../src/index.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/node/index.ts";
import { randomState, smallSpec, stateBits } from "../model-cases.ts";
import { unsyncedDisk } from "./faulty-disk.ts";

/** The state of a trainer that has not begun. */
export const trainer = initialTrainerState(7);
/** A configuration, as far as a checkpoint is concerned. */
export const config = { preset: "test" };
/** Reads what {@link save} wrote. */
export const readers = {
  parseConfig: (json: unknown): unknown => json,
  parseTrainer: (json: unknown): TrainerState => parseTrainerState("trainer_state.json", json),
};
/** INT4 with a scale that goes stale. */
export const periodic: TableQuantization = {
  kind: "fake",
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "periodic", periodSteps: 3 },
};
/** The model of {@link save}. */
export const spec = smallSpec([periodic, periodic]);

/** Saves a checkpoint of a state made of its step. */
export async function save(directory: string, step: number, keep = 3): Promise<string> {
  const state = randomState(spec, step);
  state.step = step;
  return await saveCheckpoint(
    directory,
    { config, spec, state, best: undefined, trainer },
    { keep, disk: unsyncedDisk },
  );
}

/** Gives what an action throws, or undefined. */
export async function failure(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Expects that a checkpoint holds the state made of its step. */
export async function expectLoads(path: string, step: number): Promise<void> {
  const loaded = await loadCheckpoint(path, readers);
  expect(loaded.state.step).toBe(step);
  expect(stateBits(spec, loaded.state)).toEqual(stateBits(spec, randomState(spec, step)));
}
