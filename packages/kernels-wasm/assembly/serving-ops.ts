export { dequantizeRows } from "./ops/dequantize-rows";
export { embeddingBag } from "./ops/embedding-bag";
export { embeddingBagPacked } from "./ops/embedding-bag-packed";
export { interaction } from "./ops/interaction";
export { applyRelu, multiplyRows } from "./ops/matrix-product";
export { unpackCodes } from "./ops/unpack-codes";
