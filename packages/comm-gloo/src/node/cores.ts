import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Gives cores that this process may use, a different one for each of `count`; undefined where there are not as many. */
export function coresOf(count: number): readonly number[] | undefined {
  if (spawnSync("taskset", ["--version"]).status !== 0) return undefined;
  const cores = allowedCores();
  return cores.length < count ? undefined : cores.slice(0, count);
}

function allowedCores(): readonly number[] {
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return readCoreList(list);
}

/** Reads a list of the kernel's, such as "0-3,8". */
export function readCoreList(list: string): readonly number[] {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i),
  );
}
