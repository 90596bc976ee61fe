import { execFileSync, spawnSync } from "node:child_process";
import { DqrmError } from "@dqrm/core";
import { coresOf } from "./node/cores.ts";

/** Stands for a machine: a network namespace with an interface on a common switch. */
export interface NetworkNode {
  readonly name: string;
  readonly address: string;
  readonly networkInterface: string;
  /** The core that it has to itself, as a machine has, where there are as many as nodes. */
  readonly core: number | undefined;
  /** What stands before a command that runs on it. */
  readonly command: readonly string[];
}

/** Holds nodes that reach each other. */
export interface Network {
  readonly nodes: readonly NetworkNode[];
  /** Pulls a node's cable out, or puts it in. */
  setLink(node: number, up: boolean): void;
}

/** Says how many nodes there are, and how fast each sends, in 10⁶ bits a second. */
export interface NetworkOptions {
  readonly nodes: number;
  readonly rateMbit: number;
}

/** What a node may send at once beyond its rate, and what may wait: of a network card of that rate. */
const BURST = "32kb";
const LIMIT = "8mb";

/** Addresses of one byte, and room for the switch. */
const MAX_NODES = 64;

let networks = 0;

/**
 * Runs with nodes on a switch, each of which sends at a rate, and takes them away, whatever happens: machines to test and to measure
 * transports between, on one machine. Needs Linux and root. What runs on a node has a core of its own, as far as there are enough:
 * otherwise the scheduler lets two of them wait for one core while another is idle.
 *
 * The switch never blocks: what limits is each node's way to it, as between machines.
 *
 * @throws VALUE when the nodes or the rate are none; an Error of the system's programs where they fail
 *
 * ```ts
 * import { withNamespaces } from "@dqrm/comm-gloo/namespaces";
 * await withNamespaces({ nodes: 2, rateMbit: 100 }, async ({ nodes }) => {
 *   console.log(nodes.map(({ address, command }) => `${command.join(" ")} …: ${address}`));
 * });
 * ```
 */
export async function withNamespaces<T>(
  { nodes: count, rateMbit }: NetworkOptions,
  run: (network: Network) => Promise<T>,
): Promise<T> {
  const refuse = (what: string, expected: string, actual: number): never => {
    throw new DqrmError("VALUE", { op: "withNamespaces", what, expected, actual: String(actual) });
  };
  if (!Number.isInteger(count) || count < 1 || count > MAX_NODES) {
    refuse("nodes", `an integer from 1 to ${MAX_NODES}`, count);
  }
  if (!(rateMbit > 0)) refuse("rateMbit", "more than 0", rateMbit);
  // Other programs on this machine may do the same.
  const prefix = `dq${process.pid}${String.fromCharCode(97 + (networks++ % 26))}`;
  const bridge = `${prefix}s`;
  const cores = coresOf(count);
  const nodes = Array.from({ length: count }, (_, index) => describe(prefix, index, cores?.[index]));
  try {
    addSwitch(bridge);
    for (const node of nodes) addNode(node, { bridge, rateMbit });
    return await run({
      nodes,
      setLink: (node, up) => link(at(nodes, node), up),
    });
  } finally {
    for (const name of [...nodes.map((node) => node.name), bridge]) spawnSync("ip", ["netns", "del", name]);
  }
}

/**
 * Says why this machine can have no namespaces whose rate is limited; undefined where it can.
 *
 * ```ts doctest
 * import { namespacesObstacle } from "@dqrm/comm-gloo/namespaces";
 * const obstacle = namespacesObstacle();
 * obstacle === undefined || obstacle.length > 0; // => true
 * ```
 */
export function namespacesObstacle(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are of Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  for (const program of ["ip", "tc"]) {
    if (spawnSync(program, ["-V"]).status !== 0) return `there is no ${program} (Debian: iproute2)`;
  }
  const name = `dq${process.pid}try`;
  try {
    execute("ip", ["netns", "add", name]);
    execute("tc", ["-n", name, "qdisc", "add", "dev", "lo", "root", ...shape(100)]);
    return undefined;
  } catch (error) {
    return `no namespaces here: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    spawnSync("ip", ["netns", "del", name]);
  }
}

function describe(prefix: string, index: number, core: number | undefined): NetworkNode {
  const name = `${prefix}${index}`;
  return {
    name,
    address: `10.77.0.${index + 1}`,
    networkInterface: "eth0",
    core,
    command: [
      ...["ip", "netns", "exec", name],
      ...(core === undefined ? [] : ["taskset", "--cpu-list", String(core)]),
    ],
  };
}

function addSwitch(bridge: string): void {
  execute("ip", ["netns", "add", bridge]);
  execute("ip", ["-n", bridge, "link", "add", "switch", "type", "bridge"]);
  execute("ip", ["-n", bridge, "link", "set", "switch", "up"]);
}

function addNode(
  { address, name, networkInterface }: NetworkNode,
  { bridge, rateMbit }: { readonly bridge: string; readonly rateMbit: number },
): void {
  const port = ["name", name, "netns", bridge];
  execute("ip", ["netns", "add", name]);
  execute("ip", ["-n", name, "link", "add", networkInterface, "type", "veth", "peer", ...port]);
  execute("ip", ["-n", name, "addr", "add", `${address}/24`, "dev", networkInterface]);
  for (const each of ["lo", networkInterface]) execute("ip", ["-n", name, "link", "set", each, "up"]);
  execute("ip", ["-n", bridge, "link", "set", name, "master", "switch"]);
  execute("ip", ["-n", bridge, "link", "set", name, "up"]);
  execute("tc", ["-n", name, "qdisc", "add", "dev", networkInterface, "root", ...shape(rateMbit)]);
}

function shape(rateMbit: number): readonly string[] {
  return ["tbf", "rate", `${rateMbit}mbit`, "burst", BURST, "limit", LIMIT];
}

function link({ name, networkInterface }: NetworkNode, up: boolean): void {
  execute("ip", ["-n", name, "link", "set", networkInterface, up ? "up" : "down"]);
}

function at(nodes: readonly NetworkNode[], index: number): NetworkNode {
  const node = nodes.at(index);
  if (node !== undefined) return node;
  throw new DqrmError("INDEX_RANGE", { op: "setLink", position: 0, index, rows: nodes.length });
}

function execute(program: string, args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
