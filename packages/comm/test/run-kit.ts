import type { ConformanceCase } from "@dqrm/comm/conformance";
import { test } from "vitest";

/** Binds the cases of a kit to vitest. */
export function runKit(cases: Iterable<ConformanceCase>): void {
  for (const { name, skip, run } of cases)
    test.skipIf(skip !== undefined)(`${name}${skip ? ` (${skip})` : ""}`, run);
}

/** Runs a kit and returns the names of the cases that failed; a case that hangs has failed. */
export async function failures(
  cases: Iterable<ConformanceCase>,
  limitMs: number,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, skip, run } of cases) {
    if (skip !== undefined) continue;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error("hangs"));
      }, limitMs);
    });
    try {
      await Promise.race([(async () => run())(), limit]);
    } catch {
      failed.push(name);
    } finally {
      clearTimeout(timer);
    }
  }
  return failed;
}
