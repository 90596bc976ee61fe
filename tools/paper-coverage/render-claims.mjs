import { basename, posix } from "node:path";
import { OPEN_RESULTS } from "./read-claims.mjs";

/** @import { Claim } from "./read-claims.mjs" */

const PAGE = "docs/paper/claims.md";
const BEGIN = "<!-- prettier-ignore-start -->";
const END = "<!-- prettier-ignore-end -->";

/**
 * Gives the page with its generated part made anew: how many claims have a result, and a table for each place of the paper.
 *
 * @param {string} page
 * @param {readonly Claim[]} claims
 * @returns {string}
 */
export function renderPage(page, claims) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`${PAGE}: expected ${BEGIN} and ${END} around the generated part`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${renderClaims(claims)}\n${page.slice(end)}`;
}

/** @param {readonly Claim[]} claims */
function renderClaims(claims) {
  const places = [...new Set(claims.map(({ place }) => place))];
  const tables = places.map((place) =>
    renderPlace(
      place,
      claims.filter((claim) => claim.place === place),
    ),
  );
  return `${countText(claims)}\n\n${tables.join("\n")}`;
}

/**
 * Says how many claims have a result, and how many wait for what.
 *
 * @param {readonly Claim[]} claims
 */
export function countText(claims) {
  const waiting = OPEN_RESULTS.map((words) => ({
    words,
    count: claims.filter(({ result }) => result.startsWith(words)).length,
  }));
  const answered = claims.length - waiting.reduce((sum, { count }) => sum + count, 0);
  const rest = waiting.filter(({ count }) => count > 0).map(({ words, count }) => `, ${count} ${words}`);
  return `${claims.length} claims: ${answered} answered${rest.join("")}.`;
}

/**
 * @param {string} place
 * @param {readonly Claim[]} claims
 */
function renderPlace(place, claims) {
  const rows = claims.map((claim) =>
    [
      `\`${claim.id}\` ${claim.claim}`,
      claim.paper,
      claim.code.map(fileLink).join(", "),
      claim.tests.map(({ file, name }) => `${fileLink(file)}: ${name}`).join("; "),
      [claim.command, claim.withData]
        .filter((command) => command !== "")
        .map((command) => `\`${command}\``)
        .join("; with the data: "),
      claim.evidence === "" ? claim.result : `${claim.result} ([more](${linkTo(claim.evidence)}))`,
    ]
      .map(escapeCell)
      .join(" | "),
  );
  return [
    `### ${place}`,
    "",
    "| claim | the paper | code | tests | command | here |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| ${row} |`),
    "",
  ].join("\n");
}

/** @param {string} file */
function fileLink(file) {
  return `[${basename(file)}](${linkTo(file)})`;
}

/** @param {string} target from the root of the repository */
function linkTo(target) {
  return posix.relative(posix.dirname(PAGE), target);
}

/** @param {string} text */
function escapeCell(text) {
  return text.replaceAll("|", "\\|");
}
