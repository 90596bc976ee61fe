import type { ModelSpec } from "@dqrm/core";
import { modelParts, type PartKind } from "../model-file/parts.ts";
import { PADDING_PREFIX, type SafetensorsLayout } from "../safetensors/layout.ts";

/** Divides the bytes of a model's file; everything but `total` adds up to `total`. */
export interface ModelBytes {
  /** Codes of packed tables, and weights of float tables. */
  readonly codes: number;
  /** Scales and biases of packed tables. */
  readonly scales: number;
  readonly pooling: number;
  /** Weights, scales and biases of linear layers. */
  readonly layers: number;
  readonly header: number;
  readonly padding: number;
  readonly total: number;
}

/** Adds up the bytes of a packed model's file by what they are for. */
export function modelBytes(
  spec: ModelSpec,
  layout: Pick<SafetensorsLayout, "tensors" | "fileBytes"> & { readonly header: { readonly length: number } },
): ModelBytes {
  const kinds = new Map(modelParts(spec).map(({ kind, name }) => [name, kind]));
  const bytes = { codes: 0, scales: 0, pooling: 0, layers: 0, padding: 0 };
  for (const { begin, end, name } of layout.tensors) bytes[categoryOf(name, kinds)] += end - begin;
  return { ...bytes, header: layout.header.length, total: layout.fileBytes };
}

function categoryOf(
  name: string,
  kinds: ReadonlyMap<string, PartKind>,
): "codes" | "scales" | "pooling" | "layers" | "padding" {
  if (name.startsWith(PADDING_PREFIX)) return "padding";
  const part = kinds.has(name) ? name : name.slice(0, name.lastIndexOf("."));
  switch (kinds.get(part)) {
    case "table":
      return name === part || name.endsWith(".codes") ? "codes" : "scales";
    case "pooling-weights":
      return "pooling";
    default:
      return "layers";
  }
}
