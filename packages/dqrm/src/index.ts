export { runCommand } from "./cli/program.ts";
export type { Surroundings } from "./commands/surroundings.ts";
export { escapeHtml } from "./report/escape-html.ts";
export { ticks } from "./report/ticks.ts";
export type { RunResult, StudyEnvironment, StudyResult } from "./study/study-result.ts";
export { formatBytes, formatCount, formatDifference, formatDuration } from "./terminal/format-number.ts";
export type { Terminal } from "./terminal/terminal.ts";
