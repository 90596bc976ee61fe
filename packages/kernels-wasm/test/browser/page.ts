import { kernelConformance, planConformance } from "@dqrm/core/conformance";
import { wasmKernels } from "../../src/index.ts";
import type { Report } from "./report.ts";

async function runKits(): Promise<Report> {
  const backend = await wasmKernels.load({ threads: 2 });
  if ("unavailable" in backend) throw new Error(backend.unavailable);
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
  const buffer = backend.createArena?.(64).uint8(1).buffer;
  return {
    isolated: crossOriginIsolated,
    shared: typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer,
    threads: backend.machine?.threads ?? 1,
    passed,
    skipped,
    failures,
  };
}

const body = await runKits().then(
  (report) => JSON.stringify(report),
  (error: unknown) => JSON.stringify({ failures: [String(error)] }),
);
await fetch("/report", { method: "POST", body });
