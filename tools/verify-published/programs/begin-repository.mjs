import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const create = (...args) =>
  spawnSync(process.execPath, ["node_modules/@dqrm/create/dist/bin/create.js", ...args], {
    encoding: "utf8",
  });

assert.equal(create("kernel", "@acme/fast").status, 0);
assert.ok(existsSync("fast/src/ops/pack-codes.js"));
assert.match(create("kernel", "fast").stderr, /is there already/);
assert.match(create("kernel").stderr, /usage: npm create @dqrm/);
