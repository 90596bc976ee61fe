/** Reports which line of an example runs. */
declare var $at: (line: number) => void;
/** Compares a value of an example with the one it states. */
declare var $expect: (line: number, actual: unknown, expected: unknown) => void;
