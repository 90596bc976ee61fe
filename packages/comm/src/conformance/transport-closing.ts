import { createCancel } from "../cancel.ts";
import { expectRefusal, expectSame, type ConformanceCase } from "./case.ts";
import { withGroup, type OpenGroup } from "./group.ts";

/** Yields the cases about giving up and closing. */
export function* transportClosingCases(name: string, open: OpenGroup): Generator<ConformanceCase> {
  yield {
    name: `${name}: a receive that is given up is refused and loses no message`,
    run: () =>
      withGroup(open, 2, async ([a, b]) => {
        const cancel = createCancel();
        const refused = expectRefusal(() => b.receive(0, cancel.signal), ["STATE"], "receive");
        cancel.fire(new Error("given up"));
        await refused;
        await a.send(1, Uint8Array.of(5));
        expectSame(await b.receive(0), [5], "next message");
      }),
  };
  yield {
    name: `${name}: a signal that has fired refuses at once`,
    run: () =>
      withGroup(open, 2, async ([a, b]) => {
        const cancel = createCancel();
        cancel.fire(new Error("given up"));
        await expectRefusal(() => a.send(1, Uint8Array.of(4), cancel.signal), ["STATE"], "send");
        await expectRefusal(() => b.receive(0, cancel.signal), ["STATE"], "receive");
        await a.send(1, Uint8Array.of(5));
        expectSame(await b.receive(0), [5], "next message");
      }),
  };
  yield {
    name: `${name}: a signal that fires after the message came changes nothing`,
    run: () =>
      withGroup(open, 2, async ([a, b]) => {
        const cancel = createCancel();
        const received = b.receive(0, cancel.signal);
        await a.send(1, Uint8Array.of(5));
        expectSame(await received, [5], "message");
        const next = b.receive(0);
        cancel.fire(new Error("too late"));
        await a.send(1, Uint8Array.of(6));
        expectSame(await next, [6], "next message");
      }),
  };
  yield* closingCases(name, open);
}

function* closingCases(name: string, open: OpenGroup): Generator<ConformanceCase> {
  yield {
    name: `${name}: closing refuses the receives that wait, at both ends`,
    run: () =>
      withGroup(open, 2, async ([a, b]) => {
        const own = expectRefusal(() => a.receive(1), ["STATE"], "own receive");
        const peers = expectRefusal(() => b.receive(0), ["STATE"], "the peer's receive");
        await a.close();
        await Promise.all([own, peers]);
      }),
  };
  yield {
    name: `${name}: what was sent before closing is still received, then the peer is told`,
    run: () =>
      withGroup(open, 2, async ([a, b]) => {
        await a.send(1, Uint8Array.of(1));
        await a.send(1, Uint8Array.of(2));
        await a.close();
        expectSame(await b.receive(0), [1], "first message");
        expectSame(await b.receive(0), [2], "second message");
        await expectRefusal(() => b.receive(0), ["STATE"], "receive from a closed peer");
      }),
  };
  yield {
    name: `${name}: a closed end neither sends nor receives, and may be closed again`,
    run: () =>
      withGroup(open, 2, async ([a]) => {
        await a.close();
        await a.close();
        await expectRefusal(() => a.send(1, Uint8Array.of(1)), ["STATE"], "send");
        await expectRefusal(() => a.receive(1), ["STATE"], "receive");
      }),
  };
}
