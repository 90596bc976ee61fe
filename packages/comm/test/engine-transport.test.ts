import { createEngineTransport, type EngineListener } from "@dqrm/comm";
import { expect, test } from "vitest";

/** More than an array can hold, on any machine. */
const TOO_MUCH = 2 ** 52;

function listenerOf(): EngineListener {
  const listeners: EngineListener[] = [];
  createEngineTransport({
    name: "deaf",
    rank: 0,
    size: 2,
    open(listener) {
      listeners.push(listener);
      return { post: () => undefined, close: () => undefined };
    },
  });
  return listeners[0];
}

test("an engine is told that there is no memory for a message, and given what there is", () => {
  const listener = listenerOf();

  expect(listener.memory(TOO_MUCH)).toBeUndefined();
  expect(listener.memory(10)).toHaveLength(10);
});
