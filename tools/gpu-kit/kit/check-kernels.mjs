import { kernelConformance, planConformance } from "@dqrm/core/conformance";
import { webgpuKernels } from "@dqrm/kernels-webgpu";

/** @import { ConformanceCase } from "@dqrm/core/conformance" */

/**
 * Counts the cases of a kit.
 *
 * @typedef {object} KitCounts
 * @property {number} passed
 * @property {number} skipped
 * @property {{ name: string, reason: string }[]} failed
 */

/**
 * Runs the cases of a kit without a test runner.
 *
 * @param {Iterable<ConformanceCase>} cases
 * @returns {KitCounts}
 */
export function runCases(cases) {
  const counts = /** @type {KitCounts} */ ({ passed: 0, skipped: 0, failed: [] });
  for (const { name, run, skip } of cases) {
    if (skip !== undefined) {
      counts.skipped++;
      continue;
    }
    try {
      run();
      counts.passed++;
    } catch (error) {
      counts.failed.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return counts;
}

/** Runs both kits on the device. */
export async function checkKernels() {
  const backend = await webgpuKernels.load();
  if ("unavailable" in backend) throw new Error(backend.unavailable);
  return { kernels: runCases(kernelConformance(backend)), plans: runCases(planConformance(backend)) };
}
