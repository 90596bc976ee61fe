import type { Assignment } from "./dlrm-aliases.ts";

/** Writes a call of the command as a person would type it, so that a result says how to repeat it. */
export function callText(
  command: string,
  flags: Readonly<Record<string, string | number | undefined>>,
  assignments: readonly Assignment[],
): string {
  const values = Object.entries(flags).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag} ${quoted(String(value))}`],
  );
  const sets = assignments.map(([path, text]) => `--set ${quoted(`${path}=${text}`)}`);
  return ["dqrm", command, ...values, ...sets].join(" ");
}

function quoted(text: string): string {
  return /^[\w.,:=/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
