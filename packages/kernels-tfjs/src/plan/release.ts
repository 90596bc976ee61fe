/** Holds tensors that outlive a call. */
export interface Disposable {
  dispose(): void;
}

const collected = new FinalizationRegistry((held: readonly Disposable[]) => {
  for (const one of held) one.dispose();
});

/** Gives tensors back once nothing uses their owner any more: a plan has no end of its own that a caller would tell. */
export function releaseWith(owner: object, held: readonly Disposable[]): void {
  collected.register(owner, held);
}
