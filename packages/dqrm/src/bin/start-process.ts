import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { ChildProcess as StartedChild, StartProcess } from "../group/start-processes.ts";

/** Starts this process's program again, with the same arguments and more variables. */
export const startProcess: StartProcess = (variables, { command = [], speaks = false } = {}) => {
  const [program, ...args] = [...command, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn(program, args, {
    env: { ...process.env, ...variables },
    stdio: ["ignore", speaks ? "inherit" : "ignore", "inherit"],
  });
  return childOf(child);
};

/** Watches over a process that was started. */
export function childOf(child: ChildProcess): StartedChild {
  const ended = new Promise<number>((resolve) => {
    child.once("exit", (code) => {
      resolve(code ?? -1);
    });
    child.once("error", () => {
      resolve(-1);
    });
  });
  // Whoever ends this process from outside ends its children too.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  void ended.then(() => process.off("exit", kill));
  return { ended, kill };
}

/** Finds a port of this machine on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a server of TCP has no port");
  return address.port;
}
