const { allocateRows, createKernels, reference } = require("@dqrm/core");

const format = { bits: 4, cols: 4, scheme: "symmetric", granularity: { kind: "table" } };
const packed = allocateRows(format, 1);
packed.scale[0] = 0.5;

const kernels = createKernels([reference]);
const weights = Float32Array.of(0.5, -1, 1.5, 0);
kernels.prepare("quantizeRows", { format, rounding: "nearest" })(
  weights,
  packed,
  { seed: 0, stream: 0 },
  0,
  1,
);

const restored = new Float32Array(4);
kernels.prepare("dequantizeRows", format)(packed, restored, 0, 1);
if (restored.join() !== weights.join())
  throw new Error(`restored ${restored.join()}, expected ${weights.join()}`);
