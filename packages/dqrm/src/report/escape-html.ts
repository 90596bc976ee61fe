const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Makes text safe inside HTML and SVG, elements and attributes alike.
 *
 * ```ts doctest
 * import { escapeHtml } from "dqrm";
 * escapeHtml("a < b & 'c'"); // => "a &lt; b &amp; &#39;c&#39;"
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
