import type { ImportModule } from "../pipeline/choose-kernels.ts";

/** The plugins that come with the command, by name, so that whatever reads the code sees what it depends on. */
const OWN: Readonly<Record<string, () => Promise<unknown>>> = {
  "@dqrm/comm-gloo": () => import("@dqrm/comm-gloo"),
  "@dqrm/comm-mpi": () => import("@dqrm/comm-mpi"),
  "@dqrm/kernels-native": () => import("@dqrm/kernels-native"),
  "@dqrm/kernels-wasm": () => import("@dqrm/kernels-wasm"),
};

/** Imports a module by name: a plugin of this repository, or whatever package the caller has installed. */
export const importModule: ImportModule = (specifier) =>
  Object.hasOwn(OWN, specifier) ? OWN[specifier]() : import(specifier);
