import { strictEqual } from "node:assert";
import { buildAddon, findCompiler } from "@dqrm/addon-build";

const recipe = {
  name: "answer",
  home: import.meta.dirname,
  sources: [],
  headers: ["answer-of-the-system.h"],
  missing: "install libanswer-dev (Debian)",
  compileFlags: [],
  linkFlags: [],
  output: "answer.node",
  variant: "plain",
};
const { unavailable } = await buildAddon(recipe);
const compiler = await findCompiler();
const reason =
  compiler === undefined
    ? "there is no C++ compiler (tried CXX, c++, g++, clang++); install g++ or clang"
    : `${compiler.command} cannot include answer-of-the-system.h; install libanswer-dev (Debian)`;
strictEqual(unavailable, `answer: ${reason}`);
