import { planConformance } from "@dqrm/core/conformance";
import { describe, test } from "vitest";
import { loadBackend } from "./load-backend.ts";

// A binding of 64 bytes holds five rows of the kit's tables: every table is cut into shards.
const subjects = { "tables of one shard": {}, "tables of several shards": { shardBytes: 64 } };

describe.each(Object.entries(subjects))("%s", async (_, options) => {
  const backend = await loadBackend(options);
  if ("unavailable" in backend) test.skip(`the kit, because ${backend.unavailable}`);
  else {
    for (const { name, run, skip } of planConformance(backend)) test.skipIf(skip !== undefined)(name, run);
  }
});
