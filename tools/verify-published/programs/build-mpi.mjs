import { match, strictEqual } from "node:assert";
import { spawnSync } from "node:child_process";
import { mpi } from "@dqrm/comm-mpi";

const place = { rank: 0, size: 1, localRank: 0, address: undefined, launcher: "nobody" };
const { unavailable } = await mpi.open({ place, timeoutMs: 1000 });
strictEqual(unavailable, "the addon for MPI was not built: run npx dqrm-comm-mpi build");

const { status, stdout } = spawnSync("node_modules/.bin/dqrm-comm-mpi", ["build"], { encoding: "utf8" });
const missing = /^not built: .*(?:install libopenmpi-dev openmpi-bin|there is no C\+\+ compiler)/;
match(stdout, status === 0 ? /^built .*dqrm-mpi\.node$/m : missing);
