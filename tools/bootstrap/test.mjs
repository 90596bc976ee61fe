import { root } from "../workspace/root.mjs";
import { installIfNeeded } from "./install.mjs";

const HELP = `usage: npm test [-- --only NAME[,NAME…]] [--list]

  --only NAME   run these checks alone (the build always runs)
  --list        name the checks and what each establishes
`;

/** @param {readonly string[]} args */
function parse(args) {
  const names = args.flatMap((arg, i) => (args[i - 1] === "--only" ? arg.split(",") : []));
  const known = args.every((arg, i) => ["--only", "--list"].includes(arg) || args[i - 1] === "--only");
  return { names, list: args.includes("--list"), wrong: !known || args.at(-1) === "--only" };
}

const options = parse(process.argv.slice(2));
if (options.wrong) {
  process.stderr.write(HELP);
  process.exit(2);
}

await installIfNeeded(root);

// What follows imports installed packages, so that it loads only now.
const { checks, preparations } = await import("./checks.mjs");
const { runChecks } = await import("./run-checks.mjs");

if (options.list) {
  for (const { name, about } of [...preparations, ...checks]) console.log(`${name.padEnd(12)} ${about}`);
  process.exit(0);
}

const unknown = options.names.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no check is called ${unknown.join(", ")}\n${HELP}`);
  process.exit(2);
}

// What is tested runs in this process too: should it end the process, that is no success.
let counted = false;
process.on("exit", () => {
  if (!counted) process.exitCode = 1;
});

const print = (/** @type {string} */ line) => console.log(line);
const now = () => performance.now();
const total = await runChecks(preparations, { width: 1, print, now });
const chosen = checks.filter(({ name }) => options.names.length === 0 || options.names.includes(name));
const ready = chosen.filter(({ needsBuild }) => total.failed === 0 || needsBuild !== true);
const tally = await runChecks(ready, { width: 2, print, now });
for (const kind of /** @type {const} */ (["passed", "failed", "skipped"])) total[kind] += tally[kind];
if (ready.length < chosen.length) {
  print(`${chosen.length - ready.length} checks were left out, because the build failed`);
  total.skipped += chosen.length - ready.length;
}
print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
counted = true;
