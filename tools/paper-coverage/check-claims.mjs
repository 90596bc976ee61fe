import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OPEN_RESULTS } from "./read-claims.mjs";

/** @import { Claim } from "./read-claims.mjs" */

/**
 * Finds claims that lead nowhere: files, tests, commands and experiments that do not exist, and results without a proof.
 *
 * @param {string} base folder of the checkout
 * @param {readonly Claim[]} claims
 * @param {readonly string[]} experiments names that `dqrm experiment` knows
 * @returns {string[]} one sentence per finding
 */
export function checkClaims(base, claims, experiments) {
  const seen = new Set();
  return claims.flatMap((claim) => {
    const findings = [
      ...checkId(claim, seen),
      ...claim.code.filter((file) => !existsSync(join(base, file))).map((file) => `${file} does not exist`),
      ...claim.tests.flatMap((test) => checkTest(base, test)),
      ...[claim.command, claim.withData].flatMap((command) => checkCommand(base, command, experiments)),
      ...checkResult(base, claim),
    ];
    return findings.map((finding) => `line ${claim.line}, ${claim.id}: ${finding}`);
  });
}

/**
 * @param {Claim} claim
 * @param {Set<string>} seen
 */
function checkId({ id, place, claim }, seen) {
  const again = seen.has(id);
  seen.add(id);
  return [
    ...(again ? ["the id stands twice"] : []),
    ...(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) ? [] : ["an id is small letters and digits joined by hyphens"]),
    ...(place === "" || claim === "" ? ["place and claim must say something"] : []),
  ];
}

/**
 * @param {string} base
 * @param {{ file: string, name: string }} test
 */
function checkTest(base, { file, name }) {
  if (!existsSync(join(base, file))) return [`${file} does not exist`];
  if (name === "") return [`${file}: expected "file > name of a test"`];
  return testTitles(readFileSync(join(base, file), "utf8")).has(name)
    ? []
    : [`${file} has no test called "${name}"`];
}

const TITLE =
  /\b(?:test|it|describe)\b[^\n"'`]*\(\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`\n]*)`)/g;
/** After a table of cases the title stands in a call of its own. */
const TITLE_AFTER_CASES =
  /\]\s*(?:as const\s*)?\)\(\s*(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`\n]*)`)/g;

/**
 * Lists the titles of the tests in a source, as they are written there.
 *
 * @param {string} source
 * @returns {Set<string>}
 */
export function testTitles(source) {
  const matches = [TITLE, TITLE_AFTER_CASES].flatMap((pattern) => [...source.matchAll(pattern)]);
  return new Set(matches.map((match) => (match[1] ?? match[2] ?? match[3] ?? "").replaceAll(/\\(.)/g, "$1")));
}

/**
 * @param {string} base
 * @param {string} text
 * @param {readonly string[]} experiments
 */
function checkCommand(base, text, experiments) {
  if (text === "") return [];
  const [program, command = "", name = ""] = text.split(/\s+/);
  if (program === "node") return existsSync(join(base, command)) ? [] : [`${command} does not exist`];
  if (program === "npm") return [];
  if (program !== "dqrm") return [`"${text}" is no command of dqrm, npm or node`];
  const cli = join(base, "packages", "dqrm", "src", "cli");
  if (!existsSync(join(cli, `add-${command}.ts`))) return [`dqrm has no command ${command}`];
  const flags = readdirSync(cli)
    .map((file) => readFileSync(join(cli, file), "utf8"))
    .join("\n");
  return [
    ...(command === "experiment" && !experiments.includes(name) ? [`dqrm knows no experiment ${name}`] : []),
    ...[...text.matchAll(/(?<=\s)--[a-z-]+/g)]
      .filter(([flag]) => !new RegExp(`"${flag}\\b`).test(flags))
      .map(([flag]) => `no command of dqrm has a flag ${flag}`),
  ];
}

/**
 * @param {string} base
 * @param {Claim} claim
 */
function checkResult(base, { code, command, evidence, result, tests, withData }) {
  const [page = ""] = evidence.split("#");
  const missing = page !== "" && !existsSync(join(base, page)) ? [`${page} does not exist`] : [];
  const open = OPEN_RESULTS.find((words) => result.startsWith(words));
  if (open === undefined) {
    const proved = evidence !== "" || tests.length > 0;
    return [
      ...missing,
      ...(result === "" ? ["the result is empty"] : []),
      ...(proved ? [] : ["a result needs evidence or a test"]),
      ...(code.length === 0 ? ["a result needs code"] : []),
    ];
  }
  if (open === "not measured yet" && command === "")
    return [...missing, "what is to be measured needs a command"];
  if (open === "needs the data" && withData === "")
    return [...missing, "needs a command for whoever holds the data"];
  return missing;
}
