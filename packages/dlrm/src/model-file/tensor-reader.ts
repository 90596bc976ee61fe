import { DqrmError } from "@dqrm/core";
import type { Safetensors } from "../safetensors/decode.ts";
import type { Tensor, TensorArrays, TensorDtype, TensorEntry } from "../safetensors/dtype.ts";

/** Takes expected tensors out of a decoded file, and says in the end whether the file held others. */
export interface TensorReader {
  /** @throws FORMAT when the tensor is absent or has another type or shape */
  take<D extends TensorDtype>(entry: TensorEntry & { readonly dtype: D }): TensorArrays[D];
  /** @throws FORMAT naming a tensor that was not taken */
  finish(): void;
}

/** Prepares to read the tensors of a file that is expected to hold certain ones and no others. */
export function createTensorReader(source: string, { tensors }: Safetensors): TensorReader {
  const taken = new Set<string>();
  const refuse = (expected: string, actual: string): DqrmError<"FORMAT"> =>
    new DqrmError("FORMAT", { source, offset: 0, expected, actual });
  return {
    take({ dtype, name, shape }) {
      const tensor = tensors.get(name);
      const expected = `tensor ${name} ${dtype} [${shape.join(", ")}]`;
      if (tensor === undefined) throw refuse(expected, "no such tensor");
      if (!isOfType(tensor, dtype) || tensor.shape.join() !== shape.join()) {
        throw refuse(expected, `${tensor.dtype} [${tensor.shape.join(", ")}]`);
      }
      taken.add(name);
      return tensor.data;
    },
    finish() {
      for (const name of tensors.keys()) {
        if (!taken.has(name)) throw refuse("only the tensors of its model", `tensor ${JSON.stringify(name)}`);
      }
    },
  };
}

function isOfType<D extends TensorDtype>(
  tensor: Tensor,
  dtype: D,
): tensor is Tensor & { readonly data: TensorArrays[D] } {
  return tensor.dtype === dtype;
}
