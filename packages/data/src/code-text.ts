/** Letters of the text, six bits each. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Codes are joined this many at a time, so that the text grows by few and long pieces. */
const PIECE = 4096;

/**
 * Writes 32-bit codes as text of six letters each, which JSON can carry at 6 bytes a code.
 *
 * ```ts doctest
 * import { decodeCodes, encodeCodes } from "@dqrm/data";
 * encodeCodes(Uint32Array.of(0, 1, 64)); // => "AAAAAABAAAAAABAAAA"
 * decodeCodes("AAAAAABAAAAAABAAAA"); // => Uint32Array.of(0, 1, 64)
 * ```
 */
export function encodeCodes(codes: Uint32Array): string {
  const pieces: string[] = [];
  const letters: string[] = [];
  for (const code of codes) {
    let rest = code;
    for (let i = 0; i < 6; i++) {
      letters.push(LETTERS[rest % 64]);
      rest = Math.floor(rest / 64);
    }
    if (letters.length < PIECE) continue;
    pieces.push(letters.join(""));
    letters.length = 0;
  }
  return pieces.join("") + letters.join("");
}

/**
 * Reads what {@link encodeCodes} wrote; undefined when the text cannot be that.
 *
 * ```ts doctest
 * import { decodeCodes } from "@dqrm/data";
 * decodeCodes("BAAAAA"); // => Uint32Array.of(1)
 * decodeCodes("BAAAA"); // => undefined
 * ```
 */
export function decodeCodes(text: string): Uint32Array | undefined {
  if (text.length % 6 !== 0) return undefined;
  const codes = new Uint32Array(text.length / 6);
  const digits = new Map(Array.from(LETTERS, (letter, i) => [letter.charCodeAt(0), i]));
  const table = Uint8Array.from({ length: 128 }, (_, unit) => digits.get(unit) ?? 255);
  for (let i = 0; i < codes.length; i++) {
    let code = 0;
    for (let k = 5; k >= 0; k--) {
      const unit = text.charCodeAt(6 * i + k);
      const digit = unit < 128 ? table[unit] : 255;
      if (digit === 255) return undefined;
      code = code * 64 + digit;
    }
    if (code >= 2 ** 32) return undefined;
    codes[i] = code;
  }
  return codes;
}
