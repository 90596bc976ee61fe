const FAILED_TASK = /^\s*- (\S+):(\S+)$/;

// npm explains at length that a script which failed has failed.
const NOISE = /^npm (?:warn|error)\b/;

/**
 * Keeps of nx's output what the failed tasks printed, each line after the name of its package.
 *
 * @param {string} output of `nx run-many --output-style=stream`
 * @returns {string} all of it, when no failed task can be made out
 */
export function keepFailures(output) {
  const lines = output.split("\n");
  const heading = lines.findIndex((line) => line.startsWith("Failed tasks:"));
  const failed = new Set(
    heading < 0 ? [] : lines.slice(heading).flatMap((line) => FAILED_TASK.exec(line)?.[1] ?? []),
  );
  const kept = lines.filter((line) => {
    const [, project = "", text = ""] = /^(\S+): (.*)$/.exec(line) ?? [];
    return failed.has(project) && !NOISE.test(text);
  });
  return kept.length === 0 ? output : kept.join("\n");
}
