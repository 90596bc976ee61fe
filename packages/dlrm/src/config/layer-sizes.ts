import { DqrmError, MAX_COLS } from "@dqrm/core";

/**
 * Reads a list of layer sizes in the notation of the reference program: numbers joined by "-", the input first.
 *
 * @throws CONFIG when the text is anything else, or has fewer than two sizes
 * @source facebookresearch/dlrm --arch-mlp-bot, --arch-mlp-top
 *
 * ```ts doctest
 * import { parseLayerSizes } from "@dqrm/dlrm";
 * parseLayerSizes("--arch-mlp-bot", "13-512-256-64-16"); // => { inputs: 13, sizes: [512, 256, 64, 16] }
 * ```
 */
export function parseLayerSizes(
  source: string,
  text: string,
): { readonly inputs: number; readonly sizes: readonly number[] } {
  const [inputs, ...sizes] = text.split("-").map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
  if (sizes.length === 0 || [inputs, ...sizes].some((size) => size < 1 || size > MAX_COLS)) {
    throw new DqrmError("CONFIG", {
      source,
      path: "layer sizes",
      expected: `at least two sizes in [1, ${MAX_COLS}] joined by "-", as 13-512-256-64-16`,
      actual: JSON.stringify(text),
    });
  }
  return { inputs, sizes };
}
