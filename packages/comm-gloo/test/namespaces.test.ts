import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { namespacesObstacle, withNamespaces } from "../src/namespaces.ts";
import { coresOf, readCoreList } from "../src/node/cores.ts";

const obstacle = namespacesObstacle();
const title = (name: string): string => (obstacle === undefined ? name : `${name} (${obstacle})`);

const listNames = (): string => execFileSync("ip", ["netns", "list"], { encoding: "utf8" });

test.skipIf(obstacle !== undefined)(
  title("nodes reach each other at their rate, and are taken away"),
  async () => {
    const names = await withNamespaces({ nodes: 2, rateMbit: 100 }, async ({ nodes: [first, second] }) => {
      const route = execFileSync("ip", ["-n", first.name, "route", "get", second.address], {
        encoding: "utf8",
      });
      expect(route).toContain(`dev ${first.networkInterface} src ${first.address}`);
      const shaping = execFileSync("tc", ["-n", first.name, "qdisc", "show"], { encoding: "utf8" });
      expect(shaping).toContain("rate 100Mbit");
      return [first.name, second.name];
    });

    for (const name of names) expect(listNames()).not.toContain(name);
  },
);

test.skipIf(obstacle !== undefined)(title("nodes are taken away when what ran on them throws"), async () => {
  const before = listNames();

  const failed = withNamespaces({ nodes: 3, rateMbit: 10 }, async () => {
    throw new Error("a fault of the test");
  });

  await expect(failed).rejects.toThrow("a fault of the test");
  expect(listNames()).toBe(before);
});

test.each([
  [{ nodes: 0, rateMbit: 100 }, "nodes is 0"],
  [{ nodes: 2, rateMbit: 0 }, "rateMbit is 0"],
])("%o is refused", async (options, text) => {
  await expect(withNamespaces(options, async () => undefined)).rejects.toThrow(text);
});

test.skipIf(obstacle !== undefined || availableParallelism() < 2)(
  title("what runs on a node has a core that no other node has, where there are enough"),
  async () => {
    await withNamespaces({ nodes: 2, rateMbit: 100 }, async ({ nodes }) => {
      for (const { command, core } of nodes) {
        const [program, ...args] = [...command, "grep", "Cpus_allowed_list", "/proc/self/status"];
        expect(execFileSync(program, args, { encoding: "utf8" })).toContain(`\t${core}\n`);
      }
      expect(nodes[0].core).not.toBe(nodes[1].core);
    });
  },
);

test("more nodes than cores share them", () => {
  expect(coresOf(100_000)).toBeUndefined();
});

test("lists of cores are read as the kernel writes them", () => {
  expect(readCoreList("0-3,8")).toEqual([0, 1, 2, 3, 8]);
  expect(readCoreList("5")).toEqual([5]);
  expect(readCoreList("")).toEqual([]);
});
