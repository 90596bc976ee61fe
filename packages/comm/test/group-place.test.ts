import { describe, expect, test } from "vitest";
import { DEFAULT_GROUP_PORT, groupPlace } from "../src/index.ts";

/** What Slurm 22.05 gives task 2 of `srun --nodes 2 --ntasks 4`, as far as it says something about places. */
const TASK = {
  SLURM_JOB_ID: "16",
  SLURM_STEP_ID: "0",
  SLURM_GTIDS: "2,3",
  SLURM_JOB_NODELIST: "node[1-3]",
  SLURM_LOCALID: "0",
  SLURM_NTASKS: "4",
  SLURM_PROCID: "2",
  SLURM_STEP_NODELIST: "node[2-3]",
  SLURM_STEP_NUM_TASKS: "4",
};

const address = { MASTER_ADDR: "10.0.0.7", MASTER_PORT: "4000" };

describe("the place of a process in its group", () => {
  test.each([
    ["torchrun", { RANK: "3", WORLD_SIZE: "8", LOCAL_RANK: "1" }],
    [
      "Open MPI",
      {
        OMPI_COMM_WORLD_RANK: "3",
        OMPI_COMM_WORLD_SIZE: "8",
        OMPI_COMM_WORLD_LOCAL_RANK: "1",
        PMIX_RANK: "3",
      },
    ],
    ["PMI", { PMI_RANK: "3", PMI_SIZE: "8", MPI_LOCALRANKID: "1" }],
    ["Slurm", { SLURM_PROCID: "3", SLURM_STEP_NUM_TASKS: "8", SLURM_LOCALID: "1" }],
    ["Kubernetes", { JOB_COMPLETION_INDEX: "3", WORLD_SIZE: "8", LOCAL_RANK: "1" }],
  ])("is read from the variables of %s", (launcher, variables) => {
    expect(groupPlace({ ...variables, ...address })).toEqual({
      rank: 3,
      size: 8,
      localRank: 1,
      address: { host: "10.0.0.7", port: 4000 },
      launcher,
    });
  });

  test("is none without a launcher, and in a shell that Slurm knows of but did not start as a task", () => {
    expect(groupPlace({ HOME: "/root", SLURM_NTASKS: "2", JOB_COMPLETION_INDEX: "0" })).toBeUndefined();
  });

  test("follows torchrun before the launcher that started it", () => {
    const both = { ...TASK, RANK: "2", WORLD_SIZE: "4" };

    expect(groupPlace(both)).toMatchObject({ rank: 2, size: 4, launcher: "torchrun" });
  });

  test("is that of a task in its step, not in its job", () => {
    expect(groupPlace({ ...TASK, SLURM_NTASKS: "8", SLURM_NTASKS_PER_NODE: "8" })).toEqual({
      rank: 2,
      size: 4,
      localRank: 0,
      localSize: 2,
      // By hand: 20,000 + 16 · 16 + 0.
      address: { host: "node2", port: 20_256 },
      launcher: "Slurm",
    });
  });

  test("is none in a batch script, which Slurm gives the number 0 of all tasks that it may start", () => {
    expect(groupPlace({ SLURM_JOB_ID: "16", SLURM_NTASKS: "4", SLURM_PROCID: "0" })).toBeUndefined();
  });

  test("is Slurm's where srun speaks PMI, and PMI's where mpiexec runs inside a step", () => {
    const pmi = { ...TASK, PMI_RANK: "2", PMI_SIZE: "4" };

    expect(groupPlace({ ...pmi, PMI_JOBID: "16.0" })).toEqual(groupPlace(TASK));
    expect(groupPlace({ ...pmi, PMI_RANK: "5", PMI_SIZE: "8" })).toMatchObject({
      rank: 5,
      size: 8,
      launcher: "PMI",
    });
  });

  test("has a port of its own among the steps of Slurm that may share a host", () => {
    const ports = [16, 17, 527].flatMap((job) =>
      [0, 1, 15].map(
        (step) =>
          groupPlace({ ...TASK, SLURM_JOB_ID: String(job), SLURM_STEP_ID: String(step) })?.address?.port,
      ),
    );

    expect(new Set(ports).size).toBe(9);
    expect(groupPlace({ ...TASK, MASTER_PORT: "4000" })?.address).toEqual({ host: "node2", port: 4000 });
    expect(groupPlace({ ...TASK, SLURM_JOB_ID: undefined })?.address?.port).toBe(DEFAULT_GROUP_PORT);
  });

  test.each([
    ["node[07-09,12],gpu1", "node07"],
    ["rack[1-2]node[07-09],gpu1", "rack1node07"],
    ["n[3,5]-ib,m1", "n3-ib"],
    ["alpha,beta", "alpha"],
    ["a-b.c", "a-b.c"],
  ])("meets on the first host of Slurm's list %s", (list, host) => {
    expect(groupPlace({ ...TASK, SLURM_STEP_NODELIST: list })?.address?.host).toBe(host);
  });

  test.each(["", "2,", "2-3", "0,1,2,3,4"])("is refused when Slurm's tasks of a node are %j", (tasks) => {
    expect(() => groupPlace({ ...TASK, SLURM_GTIDS: tasks })).toThrow(
      /SLURM_GTIDS is ".*", expected a list of 1 to 4 tasks/,
    );
  });

  test.each([
    ["RANK", { RANK: "4", WORLD_SIZE: "4" }],
    ["RANK", { RANK: "-1", WORLD_SIZE: "4" }],
    ["RANK", { RANK: "1.0", WORLD_SIZE: "4" }],
    ["WORLD_SIZE", { RANK: "0", WORLD_SIZE: "0" }],
    ["WORLD_SIZE", { RANK: "0", WORLD_SIZE: "99999999999" }],
    ["MASTER_PORT", { RANK: "0", WORLD_SIZE: "1", MASTER_ADDR: "a", MASTER_PORT: "65536" }],
    ["LOCAL_RANK", { RANK: "0", WORLD_SIZE: "1", LOCAL_RANK: "" }],
    ["SLURM_JOB_ID", { ...TASK, SLURM_JOB_ID: "16_1" }],
  ])("is refused when %s is none", (name, variables) => {
    expect(() => groupPlace(variables)).toThrow(new RegExp(`${name} is ".*", expected an integer from`));
  });

  test.each([
    [{ RANK: "3", WORLD_SIZE: "8", LOCAL_WORLD_SIZE: "4" }],
    [{ OMPI_COMM_WORLD_RANK: "3", OMPI_COMM_WORLD_SIZE: "8", OMPI_COMM_WORLD_LOCAL_SIZE: "4" }],
    [{ PMI_RANK: "3", PMI_SIZE: "8", MPI_LOCALNRANKS: "4" }],
    [{ SLURM_PROCID: "3", SLURM_STEP_NUM_TASKS: "8", SLURM_GTIDS: "0,1,2,3" }],
  ])("has the number of processes of its machine, of %j", (variables) => {
    expect(groupPlace(variables)?.localSize).toBe(4);
  });
});
