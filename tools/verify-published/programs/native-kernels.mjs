import { jaggedFrom, loadKernels, reference } from "@dqrm/core";
import { nativeKernels } from "@dqrm/kernels-native";

const { kernels, skipped } = await loadKernels([nativeKernels], reference, { threads: 2 });
if (skipped.size > 0) throw new Error(`skipped: ${skipped.get("native")}`);
const [{ name, machine }] = kernels.backends;
if (name !== "native" || machine.threads !== 2) throw new Error(`${name} runs ${machine?.threads} threads`);

const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } };
const codes = kernels.createArena(1 << 22).uint8(2 * 8);
codes.set([0x98, 0xba, 0xdc, 0xfe, 0x10, 0x32, 0x54, 0x76, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88]);
const table = { format, rows: 2, codes, scale: Float32Array.of(0.5), bias: new Float32Array(0) };
const sums = new Float32Array(16);
const lookup = kernels.prepare("embeddingBagPacked", { format, pooling: "sum", stride: 16, offset: 0 });

lookup(table, jaggedFrom([[0, 1, 0]]), sums, 0, 1);

// Codes 8 … 15, 0 … 7 less 8, twice, times a half; row 1 is zero.
const expected = [0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1];
if (sums.join() !== expected.join()) throw new Error(`looked up ${sums.join()}`);
