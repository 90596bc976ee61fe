/** Says how a command talks to the outside: where text goes, what time it is, and when to stop. */
export interface Terminal {
  /** Writes to standard output: results. */
  out(text: string): void;
  /** Writes to standard error: progress and notes. */
  err(text: string): void;
  /** Whether standard error can rewrite lines in place. */
  readonly interactive: boolean;
  readonly columns: number;
  /** Milliseconds since some fixed moment. */
  now(): number;
  readonly signal: AbortSignal;
}
