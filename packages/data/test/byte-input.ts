import type { ByteInput } from "@dqrm/data";

/** Gives a text as bytes in pieces of a given size, and counts how many pieces were asked for. */
export function textInput(
  name: string,
  text: string | Uint8Array,
  pieceBytes = 64,
): ByteInput & { pieces: number } {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const input = {
    name,
    pieces: 0,
    async *open() {
      await Promise.resolve();
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        input.pieces++;
        yield bytes.subarray(at, at + pieceBytes);
      }
    },
  };
  return input;
}
