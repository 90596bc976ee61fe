/**
 * Times training steps of two processes that send the top layers' gradients before the backward pass ends, and of the same two that
 * send all afterwards, in turns: `node tools/overlap/overlap.mjs [--rate 100] [--batch 128] [--codec int8] [--steps 40]`.
 *
 * Without --rate the processes meet on loopback; with it each has a network of its own that sends at as many 10⁶ bits a second,
 * which needs Linux and root. `npm run build` first.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { withNamespaces } from "../../packages/comm-gloo/dist/namespaces.js";
import { freePort } from "../../packages/dqrm/dist/bin/start-process.js";
import { timeSteps } from "./time-steps.mjs";

const WORKERS = 2;

const { values } = parseArgs({
  options: {
    rate: { type: "string" },
    batch: { type: "string", default: "128" },
    codec: { type: "string", default: "int8" },
    steps: { type: "string", default: "40" },
  },
});

if (process.env["RANK"] !== undefined) {
  const { batch, codec, steps } = values;
  await timeSteps({ batch: Number(batch), codec, steps: Number(steps) });
} else if (values.rate === undefined) {
  const address = { host: "127.0.0.1", port: await freePort() };
  await startAll(address, () => []);
} else {
  await withNamespaces({ nodes: WORKERS, rateMbit: Number(values.rate) }, ({ nodes }) =>
    startAll({ host: nodes[0].address, port: 29_500 }, (rank) => nodes[rank].command),
  );
}

/**
 * Starts this program as every rank, and waits for all.
 *
 * @param {{ readonly host: string, readonly port: number }} address
 * @param {(rank: number) => readonly string[]} before what stands before a rank's command
 */
async function startAll({ host, port }, before) {
  const codes = await Promise.all(
    Array.from({ length: WORKERS }, (_, rank) => {
      const own = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
      const [program, ...args] = [...before(rank), process.execPath, ...own];
      const place = {
        RANK: String(rank),
        WORLD_SIZE: String(WORKERS),
        MASTER_ADDR: host,
        MASTER_PORT: String(port),
      };
      const env = { ...process.env, ...place };
      const child = spawn(program, args, { env, stdio: "inherit" });
      return new Promise((resolve) => child.once("exit", resolve));
    }),
  );
  if (codes.some((code) => code !== 0)) process.exitCode = 1;
}
