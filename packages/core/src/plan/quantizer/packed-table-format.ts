import type { BitWidth, RowFormat } from "../../format/row-format.ts";
import type { TableSpec } from "../model-spec.ts";
import { storedRowFormat } from "./stored-format.ts";

/**
 * Says how a table is packed for serving, or answers undefined when it is served in floats.
 *
 * ```ts doctest
 * import { packedTableFormat } from "@dqrm/core";
 * const [granularity, refresh] = [{ kind: "table" }, { kind: "every-step" }] as const;
 * const quantization = { kind: "fake", bits: 4, granularity, refresh } as const;
 * packedTableFormat({ name: "ad", rows: 100, cols: 16, quantization, poolingWeights: "none" })?.bits; // => 4
 * ```
 */
export function packedTableFormat({ cols, quantization }: TableSpec): RowFormat | undefined {
  switch (quantization.kind) {
    case "none":
      return undefined;
    case "fake":
      return { bits: quantization.bits, cols, scheme: "symmetric", granularity: quantization.granularity };
    case "learned-step":
      return { bits: quantization.bits, cols, scheme: "symmetric", granularity: { kind: "table" } };
    case "dead-zone":
      return quantization.bits === 32
        ? undefined
        : deadZoneFormat(quantization.bits, quantization.levels, cols);
    case "dorefa":
      return dorefaFormat(quantization.bits, cols);
    case "stored":
      return storedRowFormat(quantization, cols);
  }
}

/** Says how DoReFa's steps are packed. */
export function dorefaFormat(bits: BitWidth, cols: number): RowFormat {
  return { bits, cols, scheme: "asymmetric", granularity: { kind: "table" } };
}

/** Says how the levels above a threshold are packed. */
export function deadZoneFormat(bits: BitWidth, levels: "uniform" | "log", cols: number): RowFormat {
  const scheme = levels === "log" ? "dead-zone-log" : "dead-zone";
  return { bits, cols, scheme, granularity: { kind: "table" } };
}
