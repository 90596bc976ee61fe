import type { KernelBackend, KernelPlugin } from "@dqrm/core";
import { kernelConformance, planConformance } from "@dqrm/core/conformance";
import { wasmKernels } from "../../src/index.ts";
import { wasmInference } from "../../src/inference/index.ts";
import type { Report } from "./report.ts";

async function loadBackend(plugin: KernelPlugin): Promise<KernelBackend> {
  const loaded = await plugin.load({ threads: 2 });
  if ("unavailable" in loaded) throw new Error(loaded.unavailable);
  return loaded;
}

async function runKits(): Promise<Report> {
  const backends = await Promise.all([wasmKernels, wasmInference].map(loadBackend));
  let passed = 0;
  let skipped = 0;
  const failures: string[] = [];
  for (const item of backends.flatMap((backend) => [
    ...kernelConformance(backend),
    ...planConformance(backend),
  ])) {
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
  const buffers = backends.map((backend) => backend.createArena?.(64).uint8(1).buffer);
  return {
    isolated: crossOriginIsolated,
    shared:
      typeof SharedArrayBuffer === "function" &&
      buffers.every((buffer) => buffer instanceof SharedArrayBuffer),
    threads: Math.min(...backends.map((backend) => backend.machine?.threads ?? 1)),
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
