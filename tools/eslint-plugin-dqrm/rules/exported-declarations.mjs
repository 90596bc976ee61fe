/**
 * Names one exported thing and the statement whose doc comment speaks for it.
 *
 * @typedef {object} ExportedDeclaration
 * @property {string} name
 * @property {any} node where a finding is reported
 * @property {any} statement the statement that carries the comment
 */

/**
 * Finds what a module declares and exports; names that are only passed on from another file are not among them.
 *
 * @param {any} program the syntax tree of a module
 * @returns {ExportedDeclaration[]}
 */
export function exportedDeclarations(program) {
  const local = new Map();
  /** @type {ExportedDeclaration[]} */
  const found = [];
  const exportedLater = [];
  for (const statement of program.body) {
    if (statement.type === "ExportNamedDeclaration") {
      if (statement.declaration) found.push(...declared(statement.declaration, statement));
      else if (!statement.source) exportedLater.push(...statement.specifiers);
    } else for (const item of declared(statement, statement)) local.set(item.name, item);
  }
  for (const specifier of exportedLater) {
    const item = local.get(specifier.local.name);
    if (item) found.push(item);
  }
  return found;
}

/**
 * @param {any} declaration
 * @param {any} statement
 * @returns {ExportedDeclaration[]}
 */
function declared(declaration, statement) {
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations
      .filter((/** @type {any} */ item) => item.id.type === "Identifier")
      .map((/** @type {any} */ item) => ({ name: item.id.name, node: item.id, statement }));
  }
  if (declaration.id?.type !== "Identifier") return [];
  return [{ name: declaration.id.name, node: declaration.id, statement }];
}

/**
 * Finds the doc comment directly before a statement.
 *
 * @param {any} sourceCode
 * @param {any} statement
 */
export function docCommentOf(sourceCode, statement) {
  const last = sourceCode.getCommentsBefore(statement).at(-1);
  return last?.type === "Block" && last.value.startsWith("*") ? last : undefined;
}

/**
 * Gives the lines of a doc comment without their stars.
 *
 * @param {any} comment
 * @returns {string[]}
 */
export function docLines(comment) {
  return comment.value
    .slice(1)
    .split("\n")
    .map((/** @type {string} */ line) => line.replace(/^\s*\*? ?/, "").trimEnd());
}
