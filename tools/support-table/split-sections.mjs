/**
 * Splits a page at its second-level headings.
 *
 * @param {string} page in Markdown
 * @returns {Map<string, string>} sections with their headings, by heading
 */
export function splitSections(page) {
  const sections = page.split(/^(?=## )/m).filter((section) => section.startsWith("## "));
  return new Map(sections.map((section) => [section.slice(3, section.indexOf("\n")), section.trimEnd()]));
}
