import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNpm } from "../workspace/run-command.mjs";

/**
 * Runs npm against the local registry, with settings and a cache of its own.
 *
 * @typedef {(args: readonly string[], cwd: string) => Promise<import("../workspace/run-command.mjs").CommandResult>} LocalNpm
 */

/**
 * Prepares npm for the local registry; nothing of it touches the settings or the cache of the user.
 *
 * @param {string} folder for settings and cache
 * @param {string} address of the registry
 * @returns {LocalNpm}
 */
export function prepareNpm(folder, address) {
  const env = npmEnvironment(folder, address);
  return (args, cwd) => runNpm(args, { cwd, env });
}

/**
 * Gives the environment in which npm asks the local registry.
 *
 * @param {string} folder for settings and cache
 * @param {string} address of the registry
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(folder, address) {
  const settings = join(folder, "npmrc");
  // The registry asks for no account, but npm insists on a token before it publishes.
  writeFileSync(settings, `registry=${address}\n${address.replace("http:", "")}:_authToken=local\n`);
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_(?!execpath)/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    npm_config_userconfig: settings,
    npm_config_cache: join(folder, "cache"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
}
