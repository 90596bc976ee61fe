import type { Assignment } from "./dlrm-aliases.ts";

type FlagValue = string | number | undefined | readonly string[];

/** Writes a call of the command as a person would type it, so that a result says how to repeat it; a list repeats its flag. */
export function callText(
  command: string,
  flags: Readonly<Record<string, FlagValue>>,
  assignments: readonly Assignment[],
): string {
  const values = Object.entries(flags).flatMap(([flag, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) =>
      one === undefined ? [] : [`--${flag} ${quoted(String(one))}`],
    ),
  );
  const sets = assignments.map(([path, text]) => `--set ${quoted(`${path}=${text}`)}`);
  return ["dqrm", command, ...values, ...sets].join(" ");
}

function quoted(text: string): string {
  return /^[\w.,:=/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
