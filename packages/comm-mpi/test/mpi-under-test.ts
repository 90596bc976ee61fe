import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { buildAddon, runTool, type AddonVariant } from "@dqrm/addon-build";
import { mpiRecipe } from "../src/mpi-recipe.ts";

/** Names an MPI of this machine, its tools, and the addon that was built against it. */
export interface MpiUnderTest {
  readonly name: "Open MPI" | "MPICH";
  readonly mpirun: string;
  readonly flags: readonly string[];
  readonly binary: string;
}

interface Candidate {
  readonly name: MpiUnderTest["name"];
  /** Debian gives both their names; elsewhere, one of them has the plain one. */
  readonly suffixes: readonly string[];
  readonly question: string;
  readonly flags: readonly string[];
}

const CANDIDATES: readonly Candidate[] = [
  {
    name: "Open MPI",
    suffixes: [".openmpi", ""],
    question: "--showme:version",
    // The tests run as root where CI does, and on fewer cores than ranks.
    flags: ["--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"],
  },
  { name: "MPICH", suffixes: [".mpich", ""], question: "-compile_info", flags: [] },
];

/** Builds the addon against an MPI, or says why not. */
export async function mpiUnderTest(
  name: MpiUnderTest["name"],
  variant: AddonVariant = "plain",
): Promise<MpiUnderTest | string> {
  const candidate = CANDIDATES.find((one) => one.name === name)!;
  for (const suffix of candidate.suffixes) {
    const mpicxx = `mpicxx${suffix}`;
    if ((await runTool(mpicxx, [candidate.question])).code !== 0) continue;
    const output = `.tsc/native/${name.replace(" ", "-")}-${variant}/dqrm-mpi.node`;
    const recipe = await mpiRecipe({ variant, mpicxx, compiler: undefined, output });
    const addon = "unavailable" in recipe ? recipe : await buildAddon(recipe);
    if ("unavailable" in addon) return addon.unavailable;
    return { name, mpirun: `mpirun${suffix}`, flags: candidate.flags, binary: addon.path };
  }
  return `${name} is not installed`;
}

/** Says what to run, on how many ranks. */
export interface Job {
  readonly ranks: number;
  readonly program: string;
  readonly args?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Starts a program of test/programs on several ranks. */
export function startJob({ binary, flags, mpirun }: MpiUnderTest, job: Job): ChildProcess {
  const program = fileURLToPath(new URL(`programs/${job.program}.mjs`, import.meta.url));
  const variables = Object.entries({ DQRM_MPI_BINARY: binary, ...job.variables }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const command = ["env", ...variables, process.execPath, program, ...(job.args ?? [])];
  return spawn(mpirun, [...flags, "-n", String(job.ranks), ...command], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Tells how a job ended. */
export interface JobEnd {
  readonly code: number;
  readonly output: string;
}

/** Waits for the end of a job. */
export async function endOf(child: ChildProcess): Promise<JobEnd> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await once(child, "close");
  return { code: child.exitCode ?? 1, output };
}
