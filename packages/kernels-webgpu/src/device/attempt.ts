/** Keeps what is thrown for later: error scopes must be closed first. */
export function attempt<T>(call: () => T): () => T {
  try {
    const value = call();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
