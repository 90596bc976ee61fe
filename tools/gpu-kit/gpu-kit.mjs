import { resolve } from "node:path";
import { buildKit, KIT_FOLDER } from "./build-kit.mjs";
import { spawnKit } from "./spawn-kit.mjs";

const USAGE = `node tools/gpu-kit/gpu-kit.mjs build --out DIR
node tools/gpu-kit/gpu-kit.mjs run --dir DIR [what run.sh takes]

build: gathers Node, Dawn, the built packages and what runs them in DIR/${KIT_FOLDER}, and packs it into one file.
run:   runs a kit that was built here, on the device that Vulkan finds here; see tools/gpu-kit/kit/run.mjs for the options.
Build the packages first: npm run build`;

/**
 * Takes an option and its value out of the arguments.
 *
 * @param {readonly string[]} args
 * @param {string} name
 * @returns {{ value: string | undefined, rest: string[] }}
 */
function takeOption(args, name) {
  const at = args.indexOf(name);
  if (at < 0) return { value: undefined, rest: [...args] };
  return { value: args[at + 1], rest: [...args.slice(0, at), ...args.slice(at + 2)] };
}

/** Does what the arguments say; returns the exit status. @param {readonly string[]} args */
async function main([action, ...args]) {
  const { rest, value } = takeOption(args, action === "build" ? "--out" : "--dir");
  if (value !== undefined && action === "run") return spawnKit(resolve(value, KIT_FOLDER), rest);
  if (value !== undefined && action === "build" && rest.length === 0) {
    const { bytes, file, notes } = await buildKit(resolve(value));
    for (const note of notes) process.stderr.write(`${note}\n`);
    process.stdout.write(`${file}: ${(bytes / 2 ** 20).toFixed(1)} MiB\n`);
    return 0;
  }
  process.stderr.write(`${USAGE}\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
