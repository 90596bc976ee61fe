const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/**
 * Holds a name in the forms that files and identifiers need.
 *
 * @typedef {object} Names
 * @property {string} kebab
 * @property {string} camel
 * @property {string} pascal
 */

/**
 * Checks a name from the command line and spells it in every form.
 *
 * @param {string | undefined} name
 * @returns {Names}
 * @throws {Error} when the name is not kebab-case
 */
export function spell(name) {
  if (name === undefined || !NAME.test(name)) {
    throw new Error(
      `expected a name in kebab-case, such as "row-hash"; got ${name === undefined ? "none" : `"${name}"`}`,
    );
  }
  const pascal = name.replace(/(?:^|-)([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return { kebab: name, pascal, camel: (pascal[0] ?? "").toLowerCase() + pascal.slice(1) };
}
