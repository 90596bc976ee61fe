import { loadKernels, reference } from "@dqrm/core";
import { wasmKernels } from "@dqrm/kernels-wasm";

const { kernels, skipped } = await loadKernels([wasmKernels], reference, { threads: 2 });
if (skipped.size > 0) throw new Error(`wasm kernels were skipped: ${skipped.get("wasm")}`);

const arena = kernels.createArena(1 << 16);
const [x, weight, bias, y] = [2, 2, 1, 1].map((length) => arena.float32(length));
x.set([1, 2]);
weight.set([3, 4]);
bias.set([0.5]);
const spec = { inputs: 2, outputs: 1, activation: "none" };
kernels.prepare("linear", spec)(x, weight, bias, y, 0, 1);
const [{ backend }] = kernels.explain("linear", spec);
if (backend !== "wasm" || y[0] !== 11.5) throw new Error(`${backend} gave ${y[0]}, expected 11.5 of wasm`);
