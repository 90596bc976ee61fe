import { kernelConformance } from "@dqrm/core/conformance";
import { describe, test } from "vitest";
import { ISAS, loadUnderTest } from "./native-under-test.ts";

for (const isa of ISAS) {
  const backend = await loadUnderTest({ isa });
  describe(isa, () => {
    if ("unavailable" in backend) {
      test.skip(`the kernels keep the contracts (skipped: ${backend.unavailable})`, () => undefined);
      return;
    }
    for (const item of kernelConformance(backend)) {
      test.skipIf(item.skip !== undefined)(item.name, () => item.run());
    }
  });
}
