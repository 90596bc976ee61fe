import { DqrmError } from "@dqrm/core";
import type { DlrmConfig } from "./dlrm-config.ts";

/**
 * Checks that the phases of a schedule fit the rest of a configuration, and that only products are rounded.
 *
 * @throws CONFIG naming the path
 */
export function checkPhases(source: string, { model, quantization, training }: DlrmConfig): void {
  const refuse = (path: string, expected: string, actual: string): never => {
    throw new DqrmError("CONFIG", { source, path, expected, actual });
  };
  const { interactionBits, schedule, tables } = quantization;
  if (interactionBits === 16 && model.interaction !== "dot") {
    const expected = `32 together with model.interaction "${model.interaction}", which has no products`;
    refuse("quantization.interactionBits", expected, "16");
  }
  const last = schedule.at(-1);
  if (last === undefined) return;
  // Only the last phase is selected and served: a run that never comes to it would train for nothing.
  if (last.fromEpoch >= training.epochs) {
    const expected = `less than training.epochs = ${training.epochs}`;
    refuse(`quantization.schedule.${schedule.length - 1}.fromEpoch`, expected, String(last.fromEpoch));
  }
  if (tables.overrides.length > 0) {
    const expected = "[] together with quantization.tables.overrides, whose bits know no phase";
    refuse("quantization.schedule", expected, `${schedule.length} phases`);
  }
}
