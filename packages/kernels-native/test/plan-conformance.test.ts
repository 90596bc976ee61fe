import { planConformance } from "@dqrm/core/conformance";
import { describe, test } from "vitest";
import { ISAS, loadUnderTest } from "./native-under-test.ts";

// One thread where nothing else differs, several where work is divided.
const RUNS = [...ISAS.map((isa) => ({ isa, threads: 3 })), { isa: ISAS[0], threads: 1 }];

for (const run of RUNS) {
  const loaded = await loadUnderTest(run);
  describe(`plans on ${run.isa} with ${run.threads} threads`, () => {
    if ("unavailable" in loaded) {
      test.skip(`every plan (${loaded.unavailable})`, () => undefined);
      return;
    }
    for (const item of planConformance(loaded)) {
      const name = item.skip === undefined ? item.name : `${item.name} (${item.skip})`;
      test.skipIf(item.skip !== undefined)(name, () => item.run());
    }
  });
}
