import { DqrmError } from "@dqrm/core";
import type { ShardResidual } from "../parallel/parallel-step.ts";
import { decodeSafetensors } from "../safetensors/decode.ts";
import { encodeSafetensors, type SafetensorsFile } from "../safetensors/encode.ts";

/** Encodes what error feedback keeps, one tensor for each shard and parameter. */
export function encodeResiduals(residuals: readonly ShardResidual[]): SafetensorsFile {
  const tensors = residuals.map(
    ({ parameter, shard, values }) =>
      ({ name: `${shard}/${parameter}`, dtype: "F32", shape: [values.length], data: values }) as const,
  );
  return encodeSafetensors(tensors, { format: "dqrm residuals" });
}

/** Reads what {@link encodeResiduals} wrote. @throws FORMAT when a tensor is no residual */
export function decodeResiduals(source: string, bytes: Uint8Array): readonly ShardResidual[] {
  return [...decodeSafetensors(source, bytes).tensors.values()].map((tensor) => {
    const [, shard, parameter] = /^(\d{1,5})\/(.+)$/.exec(tensor.name) ?? [];
    if (tensor.dtype !== "F32" || shard === undefined) {
      const expected = "a tensor of floats named by shard and parameter";
      throw new DqrmError("FORMAT", {
        source,
        offset: 0,
        expected,
        actual: `${tensor.dtype} ${tensor.name}`,
      });
    }
    return { shard: Number(shard), parameter, values: tensor.data };
  });
}
