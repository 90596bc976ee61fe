// Does with its end what the test says over a socket, so that a kit in one process drives ends in many.
import { connect } from "node:net";
import { deserialize, serialize } from "node:v8";
import { openRank } from "./open-rank.mjs";

const transport = await openRank();
const socket = connect(process.argv[2] ?? "");
const cancels = /** @type {Map<number, AbortController>} */ (new Map());
let waiting = Buffer.alloc(0);

/** @param {object} message */
function answer(message) {
  const bytes = serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(bytes.length);
  socket.write(Buffer.concat([head, bytes]));
}

/** @param {{ id: number, op: string, peer: number, bytes: Uint8Array, aborted: boolean }} command */
async function obey({ aborted, bytes, id, op, peer }) {
  if (op === "cancel") {
    cancels.get(id)?.abort();
    return;
  }
  const cancel = new AbortController();
  cancels.set(id, cancel);
  if (aborted) cancel.abort();
  try {
    if (op === "send") await transport.send(peer, bytes, cancel.signal);
    if (op === "close") await transport.close();
    answer({ id, bytes: op === "receive" ? await transport.receive(peer, cancel.signal) : undefined });
  } catch (error) {
    const { code, details } = /** @type {{ code: string, details: object }} */ (error);
    answer({ id, failure: { code, details, text: String(error) } });
  }
}

socket.on("data", (chunk) => {
  waiting = Buffer.concat([waiting, chunk]);
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32LE(0)) {
    const end = 4 + waiting.readUInt32LE(0);
    void obey(deserialize(waiting.subarray(4, end)));
    waiting = waiting.subarray(end);
  }
});
answer({ rank: transport.rank, size: transport.size });
