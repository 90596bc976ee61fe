import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { StartProcess } from "../group/start-processes.ts";
import type { StudyTask } from "../study/study-result.ts";
import { childOf } from "./start-process.ts";

/** Starts processes that are ranks of a task's group, and gives each the task. */
export function startRank(task: StudyTask): StartProcess {
  return (variables) => {
    const program = fileURLToPath(new URL("./study-rank.js", import.meta.url));
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, ...variables },
      stdio: ["pipe", "ignore", "inherit"],
    });
    // A process that ends before it has read its task says why itself.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(task));
    return childOf(child);
  };
}
