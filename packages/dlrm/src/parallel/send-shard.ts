import type { PendingExchange } from "@dqrm/comm";
import {
  GRADIENT_GROUPS,
  isDqrmError,
  type Batch,
  type GradientGroup,
  type GradientListener,
  type TrainingPlan,
} from "@dqrm/core";
import type { ModelParameter } from "./model-parameters.ts";
import type { ShardGradients } from "./shard-gradients.ts";

/** Gives a shard what it is computed and sent with. */
export interface SentShard {
  readonly plan: TrainingPlan;
  readonly parameters: readonly ModelParameter[];
  readonly store: ShardGradients;
  readonly pending: Pick<PendingExchange, "send" | "sendFirst">;
  /** The shard's share of the batch. */
  readonly share: number;
}

/** Computes the gradients of a shard, and sends each message as soon as the plan has said that all it holds is final. */
export function sendShard({ parameters, pending, plan, share, store }: SentShard, samples: Batch): void {
  const left = new Set<GradientGroup>(GRADIENT_GROUPS);
  const loss = lossOf(plan, samples, (groups) => {
    store.takeGroups(plan.gradients, groups, share);
    for (const group of groups) left.delete(group);
    pending.sendFirst(store.gradients, finalParameters(parameters, left));
  });
  // What a plan did not say, or did not come to.
  store.takeGroups(plan.gradients, [...left], share);
  store.takeLoss(loss, share);
  pending.send(store.gradients);
}

/** Gives the mean loss, NaN when the samples have none: the others have to hear of it before this worker gives up. */
export function lossOf(plan: TrainingPlan, samples: Batch, ready?: GradientListener): number {
  let sending = false;
  const listener: GradientListener = (groups) => {
    sending = true;
    ready?.(groups);
    sending = false;
  };
  try {
    return plan.forwardBackward(samples, listener);
  } catch (cause) {
    if (!sending && isDqrmError(cause, "NON_FINITE")) return Number.NaN;
    throw cause;
  }
}

/** Counts the parameters, from the first on, whose gradients are final; the loss is not before the end. */
function finalParameters(parameters: readonly ModelParameter[], left: ReadonlySet<GradientGroup>): number {
  return parameters.findIndex(({ place: { kind } }) => kind === "loss" || kind === "stop" || left.has(kind));
}
