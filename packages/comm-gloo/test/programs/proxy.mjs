import { glooOn } from "@dqrm/comm-gloo";

/** Does to an end of gloo what the process that started this one asks for. */
const cancels = new Map();
let end;

async function answer({ aborted, id, op, ...request }) {
  const cancel = new AbortController();
  cancels.set(id, cancel);
  if (aborted) cancel.abort();
  try {
    const bytes = await run(op, request, cancel.signal);
    // What arrived is a view of its own; a buffer of another kind would arrive as another class.
    process.send(bytes instanceof Uint8Array ? { id, bytes: new Uint8Array(bytes) } : { id });
  } catch (error) {
    process.send({ id, error: { code: error.code, details: error.details, message: error.message } });
  } finally {
    cancels.delete(id);
  }
}

async function run(op, { binary, bytes, from, port, rank, size, to }, signal) {
  if (op === "send") return end.send(to, bytes, signal);
  if (op === "receive") return end.receive(from, signal);
  if (op === "close") return end.close();
  const address = { host: "127.0.0.1", port };
  const place = { rank, size, localRank: rank, address, launcher: "a test" };
  end = await glooOn(binary === undefined ? {} : { binary }).open({ place, timeoutMs: 10_000 });
  if ("unavailable" in end) throw new Error(end.unavailable);
}

process.on("message", (request) => {
  if (request.op === "cancel") cancels.get(request.id)?.abort();
  else void answer(request);
});
