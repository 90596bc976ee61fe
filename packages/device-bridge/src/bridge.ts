import type { BridgeArray } from "./bridge-array.ts";

/** Is what a method answers: numbers, and arrays that the caller has room for. */
export interface BridgeReply {
  readonly numbers?: readonly number[];
  /** As many as the caller gave to write to, each of the same number of bytes. */
  readonly arrays?: readonly BridgeArray[];
}

/**
 * Constrains a table of methods: each takes one request that can be cloned, arrays of numbers in it, and answers later.
 *
 * The parameter `never` lets every function of one parameter in.
 */
export type BridgeMethods<M> = { readonly [K in keyof M]: (request: never) => Promise<BridgeReply> };

/** Calls methods by name, blocking. */
export interface BridgeCalls<M extends BridgeMethods<M>> {
  /**
   * Calls a method of the worker, blocks this thread until it has answered, overwrites `into` with the arrays of the
   * answer, and returns its numbers.
   *
   * It throws what `fail` made of the method's failure, or of the worker's silence.
   *
   * @cost copies every array of the request and of the answer
   */
  call<K extends keyof M & string>(
    name: K,
    request: Parameters<M[K]>[0],
    into: readonly BridgeArray[],
  ): readonly number[];
}

/** Holds a worker whose methods can be called as if they were synchronous. */
export interface Bridge<M extends BridgeMethods<M>> extends BridgeCalls<M> {
  /** Ends the worker; nothing can be called afterwards. */
  close(): Promise<void>;
}
