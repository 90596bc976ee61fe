import { fileURLToPath } from "node:url";
import { findCompiler, runTool, sanitizerEnvironment } from "@dqrm/addon-build";
import { describe, expect, test } from "vitest";
import { abort, createMpi, MAX_MESSAGE_BYTES } from "../src/index.ts";
import { checkMessageBytes } from "../src/message-bytes.ts";
import { mpiRecipe } from "../src/mpi-recipe.ts";
import { endOf, mpiUnderTest, startJob } from "./mpi-under-test.ts";

const place = { rank: 0, size: 2, localRank: 0, address: undefined, launcher: "Open MPI" };
const openMpi = await mpiUnderTest("Open MPI");
const mpich = await mpiUnderTest("MPICH");

describe("without an addon", () => {
  test("opening says how to build it", async () => {
    const opened = await createMpi({ binary: "/nowhere/dqrm-mpi.node" }).open({ place, timeoutMs: 1000 });

    expect(opened).toEqual({
      unavailable: "the addon for MPI was not built: run npx dqrm-comm-mpi build",
    });
  });

  test("a file that is no addon is refused with the reason", async () => {
    const binary = fileURLToPath(import.meta.url);
    const opened = await createMpi({ binary }).open({ place, timeoutMs: 1000 });

    expect("unavailable" in opened && opened.unavailable).toMatch(/^the addon for MPI cannot be loaded \(/);
  });

  test("building names the packages where there is no MPI", async () => {
    const recipe = await mpiRecipe({
      variant: "plain",
      mpicxx: "/nowhere/mpicxx",
      compiler: undefined,
    });

    expect(recipe).toEqual({
      unavailable:
        "@dqrm/comm-mpi: there is no /nowhere/mpicxx; install libopenmpi-dev openmpi-bin, or libmpich-dev mpich " +
        "(Debian, Ubuntu); open-mpi or mpich (brew)",
    });
  });
});

describe("arguments are refused", () => {
  test.each([
    { rank: 2, size: 2 },
    { rank: -1, size: 2 },
    { rank: 0.5, size: 2 },
    { rank: 0, size: 0 },
  ])("a place that is none: %o", async (wrong) => {
    await expect(
      createMpi({}).open({ place: { ...place, ...wrong }, timeoutMs: 1000 }),
    ).rejects.toMatchObject({ code: "VALUE" });
  });

  test("an open that was given up before it began", async () => {
    const given = createMpi({}).open({ place, timeoutMs: 1000, signal: AbortSignal.abort(new Error("no")) });

    await expect(given).rejects.toMatchObject({ code: "STATE", cause: { message: "no" } });
  });

  test("an abort before MPI is open", () => {
    expect(() => abort(1)).toThrow("abort: never opened, expected MPI to be open");
  });

  test("what is no array of bytes, was moved away, or is longer than MPI counts", () => {
    const moved = new Uint8Array(4);
    structuredClone(moved, { transfer: [moved.buffer] });

    expect(() => checkMessageBytes("text")).toThrow(/Uint8Array/);
    expect(() => checkMessageBytes(new Float32Array(1))).toThrow(/Uint8Array/);
    expect(() => checkMessageBytes(moved)).toThrow(/moved away/);
    expect(() => checkMessageBytes(new Uint8Array(new SharedArrayBuffer(4)))).not.toThrow();
    expect(() => checkMessageBytes(new Uint8Array(0))).not.toThrow();
    expect(() => checkMessageBytes(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(/MAX_MESSAGE_BYTES/);
  });
});

test.skipIf(typeof openMpi === "string" || typeof mpich === "string")(
  "an addon for one MPI under the launcher of another says so (needs both)",
  async () => {
    if (typeof openMpi === "string" || typeof mpich === "string") throw new Error("skipped");
    const mixed = { ...openMpi, binary: mpich.binary };

    const { code, output } = await endOf(startJob(mixed, { ranks: 2, program: "work-rank", args: ["sum"] }));

    expect(output).toMatch(/built against another MPI .*MPICH \S+ sees 1 where Open MPI says 2 processes/);
    expect(code).not.toBe(0);
  },
);

test.skipIf(typeof mpich === "string")(
  "a rank of MPICH behind a process such as npx says that the launcher does not reach it (needs MPICH)",
  async () => {
    if (typeof mpich === "string") throw new Error("skipped");
    const job = { ranks: 2, program: "between", args: ["work-rank", "sum"] };

    const { code, output } = await endOf(startJob(mpich, job));

    expect(output).toMatch(/the launcher's connection \(PMI_FD\) did not come through/);
    expect(output).not.toMatch(/Fatal error|Segmentation/);
    expect(code).not.toBe(0);
  },
);

describe("under AddressSanitizer and UBSan", async () => {
  const compiler = await findCompiler();
  const variables = compiler === undefined ? undefined : await sanitizerEnvironment(compiler);
  const sanitized = variables === undefined ? "no sanitizers" : await mpiUnderTest("Open MPI", "sanitized");
  const reason = typeof sanitized === "string" ? ` (${sanitized})` : "";

  test.skipIf(typeof sanitized === "string").each(["tiny", "exchange", "gather"])(
    `a job of two ranks is clean: %s${reason}`,
    async (task) => {
      if (typeof sanitized === "string" || variables === undefined) throw new Error(reason);
      const job = { ranks: 2, program: "work-rank", args: [task], variables };

      const { code, output } = await endOf(startJob(sanitized, job));

      expect(output).not.toMatch(/ERROR: AddressSanitizer|runtime error/);
      expect(code).toBe(0);
    },
  );

  test.skipIf(typeof sanitized === "string")(`entry points refuse wrong arguments${reason}`, async () => {
    if (typeof sanitized === "string" || variables === undefined) throw new Error(reason);
    const program = fileURLToPath(new URL("programs/hostile-calls.mjs", import.meta.url));
    const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);

    const { code, output } = await runTool("env", [...settings, process.execPath, program, sanitized.binary]);

    expect(output).toBe("refused 21\n");
    expect(code).toBe(0);
  });
});
