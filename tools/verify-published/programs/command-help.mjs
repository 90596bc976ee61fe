import { execFileSync, spawnSync } from "node:child_process";

const npx = (...args) => execFileSync("npx", ["--no-install", "dqrm", ...args], { encoding: "utf8" });

const help = npx("--help");
for (const command of ["train", "evaluate", "predict", "inspect", "bench", "experiment", "demo", "kernels"]) {
  if (!help.includes(command)) throw new Error(`dqrm --help does not mention ${command}\n${help}`);
}
if (!npx("demo", "--help").includes("demo")) throw new Error("dqrm demo --help does not explain demo");

const wrong = spawnSync("npx", ["--no-install", "dqrm", "no-such-command"], { encoding: "utf8" });
if (wrong.status !== 2)
  throw new Error(`a wrong call exits with ${wrong.status}, expected 2\n${wrong.stderr}`);
