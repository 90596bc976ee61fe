/** @import { OpSupport, PlanSupport } from "./ask-backend.mjs" */

const WIDTHS = [32, 16, 8, 7, 6, 5, 4, 3, 2, 1];

/** Shortens the schemes that have long names; one that is added later shows under its own. */
const MARKS = /** @type {Record<string, string>} */ ({
  "": "yes",
  symmetric: "sym",
  asymmetric: "asym",
  "dead-zone": "zone",
  "dead-zone-log": "log",
});

/**
 * Renders what one backend serves, as a section of the page.
 *
 * @param {{ specifier: string, about: string, declines?: Readonly<Record<string, string>> }} backend
 * @param {{ ops: readonly OpSupport[], plans: readonly PlanSupport[] }} support
 * @returns {string}
 */
export function renderBackend({ about, declines = {}, specifier }, { ops, plans }) {
  const names = [...new Set(ops.map(({ op }) => op))];
  const rows = names.map((op) => [
    `\`${op}\``,
    ...WIDTHS.map((bits) => cellOf(ops.filter((entry) => entry.op === op && entry.bits === bits))),
  ]);
  const models = [...new Set(plans.map(({ plan }) => modelOf(plan)))];
  const planRows = models.map((model) => [
    model,
    ...["training", "inference"].map((kind) => productsOf(plans, `${kind} plan, ${model}`)),
  ]);
  return [
    `## ${specifier}`,
    about + ".",
    table(["op", ...WIDTHS.map((bits) => (bits === 32 ? "FP32" : `INT${bits}`))], rows),
    ...reasons(
      names.filter((op) => ops.every((entry) => entry.op !== op || entry.served === 0)),
      declines,
    ),
    table(["model of the kit", "training", "inference"], planRows),
    ...reasons(["training", "inference"], declines),
  ].join("\n\n");
}

/** @param {readonly OpSupport[]} entries */
function cellOf(entries) {
  if (entries.length > 0 && entries.every(({ served }) => served === 0)) return "no";
  return Object.keys(MARKS)
    .concat(entries.map(({ scheme }) => scheme).filter((scheme) => !(scheme in MARKS)))
    .flatMap((scheme) => entries.filter((entry) => entry.scheme === scheme && entry.served > 0))
    .map(({ scheme, served, tried }) => `${served === tried ? "" : "some "}${MARKS[scheme] ?? scheme}`)
    .join(", ");
}

/** @param {string} plan */
function modelOf(plan) {
  return plan.slice(plan.indexOf(", ") + 2);
}

/**
 * @param {readonly PlanSupport[]} plans
 * @param {string} name
 */
function productsOf(plans, name) {
  return plans.find(({ plan }) => plan === name)?.products.join(", ") || "no";
}

/**
 * @param {readonly string[]} subjects
 * @param {Readonly<Record<string, string>>} declines
 */
function reasons(subjects, declines) {
  const known = subjects.flatMap((subject) => {
    const reason = declines[subject];
    return reason === undefined ? [] : [{ subject, reason }];
  });
  const lines = [...new Set(known.map(({ reason }) => reason))].map((reason) => {
    const alike = known.filter((entry) => entry.reason === reason);
    return `- ${alike.map(({ subject }) => subject).join(", ")}: ${reason}`;
  });
  return lines.length === 0 ? [] : [lines.join("\n")];
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
