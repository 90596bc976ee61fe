import type { KernelBackend } from "../kernel/backend.ts";
import type { OpFn, OpName, OpSpec } from "../kernel/ops.ts";

/**
 * Holds one check of a contract; running it is left to any test runner, so that published code imports none.
 *
 * `run` throws when the subject breaks the contract. `skip` is set when the subject declines, with the reason.
 */
export interface ConformanceCase {
  readonly name: string;
  readonly skip?: string;
  run(): void;
}

/** Holds one check of a prepared kernel. */
export interface Check<K extends OpName> {
  readonly name: string;
  run(kernel: OpFn<K>): void;
}

/** Names a spec and the checks that a kernel prepared for it must pass. */
export interface OpCases<K extends OpName> {
  readonly op: K;
  readonly spec: OpSpec<K>;
  readonly label: string;
  readonly checks: Iterable<Check<K>>;
}

/**
 * Yields the cases of one spec: skipped with a reason when the backend declines it, failing when its factory throws.
 *
 * The kernel is prepared once and serves all checks, as a program would use it.
 */
export function* opCases<K extends OpName>(
  backend: KernelBackend,
  { checks, label, op, spec }: OpCases<K>,
): Generator<ConformanceCase> {
  const prepared = attempt(backend, op, spec);
  for (const check of checks) {
    const name = `${op} ${label}: ${check.name}`;
    if (prepared === undefined) {
      const reason = backend.ops[op] === undefined ? `has no ${op}` : "declines this spec";
      yield { name, skip: `${backend.name} ${reason}`, run: () => undefined };
    } else {
      yield {
        name,
        run() {
          check.run(prepared());
        },
      };
    }
  }
}

function attempt<K extends OpName>(
  backend: KernelBackend,
  op: K,
  spec: OpSpec<K>,
): (() => OpFn<K>) | undefined {
  try {
    const kernel = backend.ops[op]?.(spec);
    return kernel === undefined ? undefined : () => kernel;
  } catch (error) {
    // A broken factory must fail its cases, not the listing of all others.
    return () => {
      throw error;
    };
  }
}
