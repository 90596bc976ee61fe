/** Warnings that gcc 12 gives by the hundred about its own header of AVX-512 are not about us. */
const QUIET = ["-Wno-uninitialized", "-Wno-maybe-uninitialized"];

/**
 * Names an instruction set, as the code knows it, and the flags that let a compiler use it.
 *
 * @typedef {{ name: string, flags: readonly string[] }} InstructionSet
 */

/**
 * Lists the instruction sets for a target, the oldest first.
 *
 * The order is that of the objects on the linker's command line. Of a function that several of them hold, such as one of
 * the standard library, the linker keeps the first: one that every processor can run which runs any of its callers.
 *
 * @param {string} target as the compiler names it
 * @returns {readonly InstructionSet[]}
 */
export function instructionSets(target) {
  const portable = { name: "portable", flags: [] };
  if (!/^x86_64|^amd64/.test(target)) return [portable];
  const wide = ["-mprefer-vector-width=512", ...QUIET];
  return [
    portable,
    { name: "avx2", flags: ["-march=haswell"] },
    { name: "avx512", flags: ["-march=cascadelake", ...wide] },
    { name: "avx512bf16", flags: ["-march=cooperlake", ...wide] },
  ];
}
