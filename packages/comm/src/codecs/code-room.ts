/** Gives room for at least so many bytes, valid until the next call; it grows with the largest so far. */
export type CodeRoom = (bytes: number) => Uint8Array;

/** Prepares room for codes. */
export function createCodeRoom(): CodeRoom {
  let codes = new Uint8Array(0);
  return (bytes) => {
    if (codes.length < bytes) codes = new Uint8Array(Math.max(bytes, 2 * codes.length));
    return codes;
  };
}
