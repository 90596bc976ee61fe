import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtProgram, built, bytesOf, runBuilt, scratchFolder, SMALL } from "./call.ts";

const DATA = "synthetic:planted?rows=2000&seed=3&tableRows=10,100,1000";

const trainArgs = (out: string): readonly string[] => [
  ...["train", "--data", DATA, "--out", out, ...SMALL, "--kernels", "reference", "--epochs", "1"],
  ...["--shards", "2", "--codec", "int8"],
];

interface MpiOutcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Calls the built command under a launcher, as root and on fewer cores than ranks. */
function underLauncher(launcher: string, args: readonly string[]): MpiOutcome {
  const own = launcher.endsWith("openmpi") ? ["--allow-run-as-root", "--oversubscribe"] : [];
  const command = ["-n", "2", ...own, process.execPath, builtProgram, ...args];
  const { status, stderr, stdout } = spawnSync(launcher, command, { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

/** Launchers by their names in Debian; the addon is built for one of them. */
const LAUNCHERS = ["mpirun.openmpi", "mpirun.mpich"];

describe.skipIf(!built)("under a launcher of MPI (needs the built command)", () => {
  test.for(LAUNCHERS)(
    "%s: two processes write what one writes, byte for byte, and one of them speaks",
    (launcher, { skip }) => {
      if (spawnSync(launcher, ["--version"]).status !== 0) return skip(`there is no ${launcher}`);
      const folder = scratchFolder();
      const [one, two] = [join(folder, "one"), join(folder, "two")];

      const { code, err, out } = underLauncher(launcher, trainArgs(two));

      if (code !== 0 && err.includes("error STATE: --transport mpi: ")) return skip(err);
      expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
      expect(out.match(/^finished in/gm)).toHaveLength(1);
      expect(runBuilt(trainArgs(one)).code).toBe(0);
      expect(bytesOf(two, "model.safetensors")).toEqual(bytesOf(one, "model.safetensors"));
    },
  );
});
