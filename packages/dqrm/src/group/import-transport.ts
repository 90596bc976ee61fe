import type { TransportPlugin } from "@dqrm/comm";
import { DqrmError } from "@dqrm/core";
import type { ImportModule } from "../pipeline/choose-kernels.ts";

/**
 * Imports the transport that `--transport` names: a short name for @dqrm/comm-NAME, or a package.
 *
 * @throws CONFIG when there is no such package, or it has no transport plugin
 */
export async function importTransport(name: string, importModule: ImportModule): Promise<TransportPlugin> {
  const specifier = /^[a-z0-9-]+$/.test(name) ? `@dqrm/comm-${name}` : name;
  const refuse = (actual: string, cause?: unknown): never => {
    const expected = "auto, in-process, threads, mpi, gloo or a package with a transport plugin";
    const place = { source: "command line", path: "--transport" };
    throw new DqrmError("CONFIG", { ...place, expected, actual }, { cause });
  };
  const module = await importModule(specifier).catch((cause: unknown) =>
    refuse(`${name}, but ${specifier} is not to be had`, cause),
  );
  const exported = typeof module === "object" && module !== null ? Object.values(module) : [];
  return exported.find(isTransportPlugin) ?? refuse(`${name}, and ${specifier} has no plugin { name, open }`);
}

function isTransportPlugin(value: unknown): value is TransportPlugin {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "open" in value &&
    typeof value.open === "function"
  );
}
