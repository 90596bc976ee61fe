import { execFileSync, spawnSync } from "node:child_process";

/**
 * Stands for a machine: a network namespace with an interface on a common switch.
 *
 * @typedef {object} NetworkNode
 * @property {string} name
 * @property {string} address
 * @property {string} networkInterface
 * @property {readonly string[]} command what stands before a command that runs on it
 */

/**
 * Holds nodes that reach each other.
 *
 * @typedef {object} Network
 * @property {readonly NetworkNode[]} nodes
 * @property {(node: number, up: boolean) => void} setLink pulls a node's cable out, or puts it in
 */

/** What a node may send at once beyond its rate, and what may wait: of a network card of that rate. */
const BURST = "32kb";
const LIMIT = "8mb";

/** Addresses of one byte, and room for the switch. */
const MAX_NODES = 64;

let networks = 0;

/**
 * Runs with nodes on a switch, each of which sends at a rate, and takes them away, whatever happens.
 *
 * The switch never blocks: what limits is each node's way to it, as between machines.
 *
 * @template T
 * @param {{ nodes: number, rateMbit: number }} options
 * @param {(network: Network) => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function withNamespaces({ nodes: count, rateMbit }, run) {
  if (!Number.isInteger(count) || count < 1 || count > MAX_NODES) {
    throw new Error(`${count} nodes, expected 1 to ${MAX_NODES}`);
  }
  if (!(rateMbit > 0)) throw new Error(`a rate of ${rateMbit} Mbit/s, expected more than 0`);
  // Other programs on this machine may do the same.
  const prefix = `dq${process.pid}${String.fromCharCode(97 + (networks++ % 26))}`;
  const bridge = `${prefix}s`;
  const nodes = Array.from({ length: count }, (_, index) => describe(prefix, index));
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
 * @returns {string | undefined}
 */
export function namespacesObstacle() {
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
    return `no namespaces here: ${error instanceof Error ? error.message : error}`;
  } finally {
    spawnSync("ip", ["netns", "del", name]);
  }
}

/**
 * @param {string} prefix
 * @param {number} index
 * @returns {NetworkNode}
 */
function describe(prefix, index) {
  const name = `${prefix}${index}`;
  return {
    name,
    address: `10.77.0.${index + 1}`,
    networkInterface: "eth0",
    command: ["ip", "netns", "exec", name],
  };
}

/** @param {string} bridge */
function addSwitch(bridge) {
  execute("ip", ["netns", "add", bridge]);
  execute("ip", ["-n", bridge, "link", "add", "switch", "type", "bridge"]);
  execute("ip", ["-n", bridge, "link", "set", "switch", "up"]);
}

/**
 * @param {NetworkNode} node
 * @param {{ bridge: string, rateMbit: number }} place
 */
function addNode({ address, name, networkInterface }, { bridge, rateMbit }) {
  const port = ["name", name, "netns", bridge];
  execute("ip", ["netns", "add", name]);
  execute("ip", ["-n", name, "link", "add", networkInterface, "type", "veth", "peer", ...port]);
  execute("ip", ["-n", name, "addr", "add", `${address}/24`, "dev", networkInterface]);
  for (const each of ["lo", networkInterface]) execute("ip", ["-n", name, "link", "set", each, "up"]);
  execute("ip", ["-n", bridge, "link", "set", name, "master", "switch"]);
  execute("ip", ["-n", bridge, "link", "set", name, "up"]);
  execute("tc", ["-n", name, "qdisc", "add", "dev", networkInterface, "root", ...shape(rateMbit)]);
}

/** @param {number} rateMbit */
function shape(rateMbit) {
  return ["tbf", "rate", `${rateMbit}mbit`, "burst", BURST, "limit", LIMIT];
}

/**
 * @param {NetworkNode} node
 * @param {boolean} up
 */
function link({ name, networkInterface }, up) {
  execute("ip", ["-n", name, "link", "set", networkInterface, up ? "up" : "down"]);
}

/**
 * @param {readonly NetworkNode[]} nodes
 * @param {number} index
 */
function at(nodes, index) {
  const node = nodes[index];
  if (node === undefined) throw new Error(`there is no node ${index}`);
  return node;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 */
function execute(program, args) {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
