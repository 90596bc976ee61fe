import { planConformance } from "@dqrm/core/conformance";
import { describe, test } from "vitest";
import { loadBackend } from "./load-backend.ts";

// A binding of 64 bytes holds five rows of the kit's tables: every table is cut into shards.
const subjects = [
  { about: "tables of one shard", options: {}, models: /./ },
  {
    about: "tables of several shards",
    options: { shardBytes: 64 },
    models: /plan, (FP32|INT4|INT8), sgd|each row/,
  },
];

describe.each(subjects)("$about", async ({ models, options }) => {
  const backend = await loadBackend(options);
  if ("unavailable" in backend) test.skip(`the kit, because ${backend.unavailable}`);
  else {
    const items = [...planConformance(backend)].filter(({ name }) => models.test(name));
    for (const { name, run, skip } of items) test.skipIf(skip !== undefined)(name, run);
  }
});
