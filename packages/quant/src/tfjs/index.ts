export { absmaxScale, type ScaleShare, type TensorBits } from "./absmax-scale.ts";
export { fakeQuant, type FakeQuantOptions } from "./fake-quant.ts";
