import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("node_modules/verdaccio/bin/verdaccio", import.meta.url));

// A cold start takes about three seconds; a busy machine may need ten times as long.
const START_ATTEMPTS = 150;
const ATTEMPT_MILLISECONDS = 200;

/**
 * Holds a registry that listens on this machine alone.
 *
 * @typedef {object} Registry
 * @property {string} address
 * @property {() => Promise<void>} stop
 */

/**
 * Starts an empty registry. Our own packages live in it alone; everything else comes from the registry behind it.
 *
 * @param {string} folder for its storage
 * @param {string} upstream address of the registry behind it
 * @returns {Promise<Registry>}
 */
export async function startRegistry(folder, upstream) {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.yaml");
  writeFileSync(config, describe(join(folder, "storage"), upstream));
  const port = await findFreePort();
  const address = `http://127.0.0.1:${port}/`;
  const child = spawn(process.execPath, [PROGRAM, "--config", config, "--listen", `127.0.0.1:${port}`], {
    cwd: folder,
    stdio: "ignore",
  });
  const stop = async () => {
    if (child.exitCode !== null) return;
    const closed = once(child, "close");
    child.kill();
    await closed;
  };
  for (let attempt = 0; attempt < START_ATTEMPTS && child.exitCode === null; attempt += 1) {
    if (await answers(`${address}-/ping`)) return { address, stop };
    await delay(ATTEMPT_MILLISECONDS);
  }
  await stop();
  throw new Error("the local registry did not start");
}

/**
 * @param {string} storage
 * @param {string} upstream
 */
function describe(storage, upstream) {
  const own = { access: "$all", publish: "$all" };
  // JSON is YAML.
  return JSON.stringify({
    storage,
    uplinks: { upstream: { url: upstream, maxage: "60m" } },
    packages: { "@dqrm/*": own, dqrm: own, "**": { access: "$all", proxy: "upstream" } },
    max_body_size: "50mb",
    log: { type: "stdout", level: "error" },
  });
}

/** @returns {Promise<number>} */
async function findFreePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  server.close();
  await once(server, "close");
  return port;
}

/** @param {string} address */
async function answers(address) {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}
