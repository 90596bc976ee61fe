// Starts another program of this folder, as npx does: with the variables of the launcher, and without its open files.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [program = "", ...args] = process.argv.slice(2);
const path = fileURLToPath(new URL(`${program}.mjs`, import.meta.url));
process.exitCode = spawnSync(process.execPath, [path, ...args], { stdio: "inherit" }).status ?? 1;
