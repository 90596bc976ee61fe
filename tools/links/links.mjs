import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { listFiles, shortName } from "../workspace/files.mjs";

const LINK = /!?\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;

/**
 * Finds links between the documents of a checkout that lead to no file or no heading.
 *
 * Addresses outside the repository are not visited.
 *
 * @param {string} base
 * @returns {string[]} one sentence per broken link
 */
export function findBrokenLinks(base) {
  return listFiles(base, ".md").flatMap((page) =>
    linksOf(readFileSync(page, "utf8"))
      .map(({ target, line }) => ({ line, problem: judge(page, target) }))
      .filter(({ problem }) => problem !== undefined)
      .map(({ line, problem }) => `${shortName(base, page)}:${line}: ${problem}`),
  );
}

/**
 * @param {string} text
 * @returns {{ target: string, line: number }[]}
 */
function linksOf(text) {
  const prose = text
    .replace(/^```[\s\S]*?^```/gm, (code) => code.replace(/[^\n]/g, ""))
    .replace(/`[^`\n]*`/g, "");
  return prose
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(LINK)].map((match) => ({ target: match[1] ?? "", line: index + 1 })),
    );
}

/**
 * @param {string} page
 * @param {string} target
 */
function judge(page, target) {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path = "", fragment = ""] = target.split("#");
  const file = path === "" ? page : resolve(dirname(page), decodeURIComponent(path));
  if (!existsSync(file)) return `${target} does not exist`;
  if (fragment === "" || !file.endsWith(".md")) return undefined;
  return headingsOf(file).has(fragment) ? undefined : `${target}: there is no such heading`;
}

/** @param {string} file */
function headingsOf(file) {
  const headings = readFileSync(file, "utf8").matchAll(/^#{1,6}\s+(.+?)\s*$/gm);
  return new Set([...headings].map((match) => slug(match[1] ?? "")));
}

/** @param {string} heading */
function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}
