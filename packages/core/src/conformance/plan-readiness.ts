import { DqrmError } from "../errors.ts";
import type { Batch } from "../format/batch.ts";
import type { RowGradient } from "../format/row-gradient.ts";
import { GRADIENT_GROUPS } from "../plan/gradient-groups.ts";
import type { GradientGroup, LayerTensors, ModelGradients, TrainingPlan } from "../plan/plan.ts";
import { expectRefusal, expectSame } from "./expect.ts";
import { RATE } from "./plan-trace.ts";

/** Expects a plan to say of every group of gradients once that it is final, and to change nothing of it afterwards. */
export function expectFinalOnce(plan: TrainingPlan, batch: Batch): void {
  const heard: { readonly group: GradientGroup; readonly numbers: readonly number[] }[] = [];

  plan.forwardBackward(batch, (groups) => {
    for (const group of groups) heard.push({ group, numbers: numbersOf(plan.gradients, group) });
  });

  const said = GRADIENT_GROUPS.map((group) => heard.filter((one) => one.group === group).length);
  expectSame(said, new Array<number>(GRADIENT_GROUPS.length).fill(1), "times that a group was said final");
  for (const { group, numbers } of heard) {
    expectSame(numbersOf(plan.gradients, group), numbers, `gradients of ${group} after they were said final`);
  }
}

/** Expects a listener that throws to end the call, which leaves no gradients to apply. */
export function expectListenerHeeded(plan: TrainingPlan, batch: Batch): void {
  const [expected, actual] = ["a peer that listens", "gone"];
  const lost = new DqrmError("PEER", { peer: 1, step: null, op: "send", expected, actual });
  expectRefusal("PEER", () => {
    plan.forwardBackward(batch, () => {
      throw lost;
    });
  });
  expectRefusal("STATE", () => {
    plan.apply(RATE);
  });
}

/** Copies the numbers of a group; arrays of rows may be replaced by larger ones. */
function numbersOf(gradients: ModelGradients, group: GradientGroup): readonly number[] {
  return gradients[group].flatMap((gradient) =>
    isRows(gradient) ? rowNumbers(gradient) : layerNumbers(gradient),
  );
}

function isRows(gradient: RowGradient | LayerTensors): gradient is RowGradient {
  return "rows" in gradient;
}

function rowNumbers({ cols, count, rows, values }: RowGradient): readonly number[] {
  return [count, ...rows.subarray(0, count), ...values.subarray(0, count * cols)];
}

function layerNumbers({ bias, weight }: LayerTensors): readonly number[] {
  return [...weight, ...bias];
}
