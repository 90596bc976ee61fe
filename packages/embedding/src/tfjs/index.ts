export type { EmbeddingBagConfig, EmbeddingBagArgs, LayerQuantization } from "./layer-config.ts";
export { packedEmbeddingBag, packedTensors, type PackedTensors } from "./packed-bag.ts";
export { QuantizedEmbeddingBag, registerQuantizedEmbeddingBag } from "./quantized-embedding-bag.ts";
