import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { Report } from "./report.ts";

/** Where Debian puts its Chromium. */
const CHROMIUM = "/usr/bin/chromium";

/** Says why there is no browser to run a page in, or undefined when there is one. */
export const noBrowser: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `${CHROMIUM} is not installed`;

const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  // A software adapter: a machine of CI has no other.
  ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** Five seconds in all: processes that were killed end within a fraction of one. */
const REMOVAL_ATTEMPTS = 50;
const REMOVAL_PAUSE_MS = 100;

/** The headers under which a page may share memory with its workers. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Opens a page that starts the first of the given scripts in a worker of a headless Chromium, and waits for its report. */
export async function runPage(scripts: ReadonlyMap<string, string>): Promise<Report> {
  const profile = mkdtempSync(join(tmpdir(), "dqrm-chromium-"));
  const server = createServer();
  const report = serve(server, scripts);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const browser = spawn(
    CHROMIUM,
    [...FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${address.port}/`],
    // A group of its own: what Chromium started ends with it, and writes no more into its profile.
    { stdio: "ignore", detached: true },
  );
  const ended = once(browser, "exit");
  try {
    const failed = ended.then(() => {
      throw new Error("Chromium ended before the page reported");
    });
    return await Promise.race([report, failed]);
  } finally {
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    await ended;
    server.closeAllConnections();
    server.close();
    await removeFolder(profile);
  }
}

/** Removes a folder that dying processes may still write into for a moment. */
async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rm(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (attempt === REMOVAL_ATTEMPTS) throw error;
      await setTimeout(REMOVAL_PAUSE_MS);
    }
  }
}

function serve(server: Server, scripts: ReadonlyMap<string, string>): Promise<Report> {
  const [entry] = scripts.keys();
  const page = `<!doctype html><script>new Worker("/${entry}", { type: "module" })</script>`;
  return new Promise((resolve, reject) => {
    server.on("request", (request, response) => {
      const path = request.url?.slice(1) ?? "";
      const code = scripts.get(path);
      if (path === "") response.writeHead(200, { ...ISOLATION, "content-type": "text/html" }).end(page);
      else if (code !== undefined) {
        response.writeHead(200, { ...ISOLATION, "content-type": "text/javascript" }).end(code);
      } else if (path === "report")
        readReport(request)
          .then(resolve, reject)
          .finally(() => response.end());
      else response.writeHead(404).end();
    });
  });
}

async function readReport(request: IncomingMessage): Promise<Report> {
  return JSON.parse(await text(request)) as Report;
}
