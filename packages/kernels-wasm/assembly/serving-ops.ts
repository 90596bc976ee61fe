export { dequantizeRows } from "./ops/dequantize-rows";
export { embeddingBag } from "./ops/embedding-bag";
export { embeddingBagPacked } from "./ops/embedding-bag-packed";
export { interaction } from "./ops/interaction";
export { applyRelu, multiplyRows } from "./ops/multiply-rows";
export { unpackCodes } from "./ops/unpack-codes";
