import { findCompiler } from "./compiler.mjs";

// What nx has built with one compiler, or without any, is not what another would give.
const compiler = findCompiler();
console.log(compiler === undefined ? "no C++ compiler" : `${compiler.version} ${compiler.target}`);
