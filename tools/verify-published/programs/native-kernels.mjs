import { loadKernels, reference } from "@dqrm/core";
import { nativeKernels } from "@dqrm/kernels-native";

const { kernels, skipped } = await loadKernels([nativeKernels], reference, { threads: 1 });
const [{ name }] = kernels.backends;
const reason = skipped.get("native") ?? "";
if (name === "reference" && reason === "") throw new Error("native kernels were skipped without a reason");

const packed = new Uint8Array(1);
kernels.prepare("packCodes", { bits: 4, cols: 2 })(Uint16Array.of(1, 15), packed, 0, 1);
if (packed[0] !== 0xf1) throw new Error(`the ${name} kernels packed 1 and 15 as ${packed[0]}, expected 241`);
