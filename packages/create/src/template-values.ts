import type { PluginName } from "./plugin-name.ts";

/**
 * Gives what the templates leave open.
 *
 * @shape version: of the DQRM packages, which are released together; the plugin takes it and later ones of the same major
 */
export function templateValues(
  { camel, kebab, packageName }: PluginName,
  version: string,
): Readonly<Record<string, string>> {
  const major = Number.parseInt(version, 10);
  return { camel, kebab, packageName, version, nextMajor: String(major + 1) };
}
