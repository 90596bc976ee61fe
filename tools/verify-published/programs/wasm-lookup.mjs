import { allocateRows, createKernels, jaggedFrom, loadKernels, reference } from "@dqrm/core";
import { wasmKernels } from "@dqrm/kernels-wasm";
import { wasmInference } from "@dqrm/kernels-wasm/inference";

const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } };
const spec = { format, pooling: "mean", stride: 16, offset: 0 };
const rows = 100;
const bags = jaggedFrom([[3, 99, 3], [], [0]]);

for (const plugin of [wasmKernels, wasmInference]) {
  const { kernels, skipped } = await loadKernels([plugin], reference, { threads: 2 });
  if (skipped.size > 0) throw new Error([...skipped].join());
  if (kernels.backends[0].machine?.threads !== 2) throw new Error("two threads were asked for");

  const table = { ...allocateRows(format, rows), codes: kernels.createArena(1 << 16).uint8(rows * 8) };
  table.codes.forEach((_, i) => (table.codes[i] = i * 37));
  table.scale[0] = 0.25;
  const [found, expected] = [new Float32Array(48), new Float32Array(48)];
  kernels.prepare("embeddingBagPacked", spec)(table, bags, found, 0, 3);
  createKernels([reference]).prepare("embeddingBagPacked", spec)(table, bags, expected, 0, 3);
  if (found.join() !== expected.join()) throw new Error(`found ${found.join()}, expected ${expected.join()}`);
}
