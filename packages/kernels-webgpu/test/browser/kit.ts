import { kernelConformance, planConformance } from "@dqrm/core/conformance";
import { webgpuKernels } from "../../src/index.ts";
import type { Report } from "./report.ts";

/** Runs the kits in a worker: only there may a thread of a page block. */
async function runKits(): Promise<Report> {
  const backend = await webgpuKernels.load();
  if ("unavailable" in backend) return { ...backend, passed: 0, skipped: 0, failures: [] };
  let passed = 0;
  let skipped = 0;
  const failures: string[] = [];
  for (const item of [...kernelConformance(backend), ...planConformance(backend)]) {
    if (item.skip !== undefined) {
      skipped++;
      continue;
    }
    try {
      item.run();
      passed++;
    } catch (error) {
      failures.push(`${item.name}: ${String(error)}`);
    }
  }
  return { unavailable: "", passed, skipped, failures };
}

const report = await runKits().catch((error: unknown): Report => ({
  unavailable: "",
  passed: 0,
  skipped: 0,
  failures: [String(error)],
}));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
