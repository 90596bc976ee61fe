import { fileInput } from "@dqrm/data/node";

/** A line of label, 13 integers and 26 categories has this many tabs. */
const CRITEO_TABS = 39;
const LINE_FEED = 0x0a;
const TAB = 0x09;
const ZERO = 0x30;
const ONE = 0x31;

/**
 * Tells whether a file begins with a line of the Criteo click logs: a label of 0 or 1, then 39 tabs in all.
 *
 * @throws IO or FORMAT when the file cannot be read
 */
export async function looksLikeCriteo(path: string): Promise<boolean> {
  for await (const chunk of fileInput(path).open()) {
    const end = chunk.indexOf(LINE_FEED);
    const line = end < 0 ? chunk : chunk.subarray(0, end);
    const labelled = (line[0] === ZERO || line[0] === ONE) && line[1] === TAB;
    return labelled && line.filter((byte) => byte === TAB).length === CRITEO_TABS;
  }
  return false;
}
