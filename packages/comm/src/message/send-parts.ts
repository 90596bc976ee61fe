import type { MessagePart } from "./divide-message.ts";
import type { PendingExchange } from "./exchange.ts";
import type { SendingShards } from "./send-shards.ts";

/** Sends the messages of some neighbouring parameters in one step. */
export type SendingPart = Pick<MessagePart, "endParameter" | "of"> & SendingShards;

/** Sends the messages of one shard after the other, in their order, which the receivers know: each as soon as it may. */
export function sendInOrder(parts: readonly SendingPart[]): Pick<PendingExchange, "send" | "sendFirst"> {
  let next = 0;
  const sendFirst: PendingExchange["sendFirst"] = (gradients, parameters) => {
    while (next < parts.length && parts[next].endParameter <= parameters) {
      parts[next].send(parts[next].of(gradients));
      next++;
    }
  };
  return {
    sendFirst,
    send(gradients) {
      sendFirst(gradients, Infinity);
      next = 0;
    },
  };
}
