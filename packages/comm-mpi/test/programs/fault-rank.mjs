// Steps for ever; the last rank fails at the step and in the way that the test says, or is killed from outside.
import { allGather, watched } from "@dqrm/comm";
import { abort } from "@dqrm/comm-mpi";
import { openRank } from "./open-rank.mjs";

const [how, atStep = "0"] = process.argv.slice(2);
/** @type {import("@dqrm/comm").StartTimer} */
const startTimer = (milliseconds, expired) => {
  const timer = setTimeout(expired, milliseconds);
  return () => clearTimeout(timer);
};

const end = await openRank();
const transport = watched(end, { timeoutMs: 2000, startTimer });
console.log(`pid ${end.rank} ${process.pid}`);
try {
  for (let step = 0; ; step++) {
    await allGather(transport, new Uint8Array(100_000).fill(step));
    if (end.rank < end.size - 1 || step < Number(atStep)) continue;
    if (how === "exit") process.exit(3);
    if (how === "throw") setImmediate(() => JSON.parse("thrown on purpose"));
    if (how === "abort") abort(5);
    if (how === "close") {
      await transport.close();
      process.exit(0);
    }
  }
} catch (error) {
  console.error(`survivor: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(75);
}
