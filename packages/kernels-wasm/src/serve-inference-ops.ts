import type { KernelFactories } from "@dqrm/core";
import type { InferenceExports } from "./inference.generated.ts";
import { serveDequantizeRows } from "./ops/dequantize-rows.ts";
import { serveEmbeddingBagPacked } from "./ops/embedding-bag-packed.ts";
import { ofServedScheme } from "./ops/served-scheme.ts";
import { serveEmbeddingBag } from "./ops/embedding-bag.ts";
import type { Host } from "./ops/host.ts";
import { serveInteraction } from "./ops/interaction.ts";
import { serveLinear } from "./ops/linear.ts";
import { serveUnpackCodes } from "./ops/unpack-codes.ts";

/** Lists the ops that serve a trained model. */
export function serveInferenceOps(host: Host<InferenceExports>): KernelFactories {
  return {
    dequantizeRows: ofServedScheme(serveDequantizeRows(host), (format) => format),
    embeddingBag: serveEmbeddingBag(host),
    embeddingBagPacked: ofServedScheme(serveEmbeddingBagPacked(host), ({ format }) => format),
    interaction: serveInteraction(host),
    linear: serveLinear(host),
    unpackCodes: serveUnpackCodes(host),
  };
}
