import { describe, expect, test } from "vitest";
import { DEFAULT_GROUP_PORT, groupPlace } from "../src/index.ts";

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
    ["Slurm", { SLURM_PROCID: "3", SLURM_NTASKS: "8", SLURM_LOCALID: "1" }],
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
    const both = { SLURM_PROCID: "0", SLURM_NTASKS: "1", RANK: "2", WORLD_SIZE: "4" };

    expect(groupPlace(both)).toMatchObject({ rank: 2, size: 4, launcher: "torchrun" });
  });

  test.each([
    ["node[07-09,12],gpu1", "node07"],
    ["alpha,beta", "alpha"],
    ["a-b.c", "a-b.c"],
  ])("meets on the first host of Slurm's list %s", (list, host) => {
    const place = groupPlace({ SLURM_PROCID: "0", SLURM_NTASKS: "2", SLURM_JOB_NODELIST: list });

    expect(place?.address).toEqual({ host, port: DEFAULT_GROUP_PORT });
  });

  test.each([
    ["RANK", { RANK: "4", WORLD_SIZE: "4" }],
    ["RANK", { RANK: "-1", WORLD_SIZE: "4" }],
    ["RANK", { RANK: "1.0", WORLD_SIZE: "4" }],
    ["WORLD_SIZE", { RANK: "0", WORLD_SIZE: "0" }],
    ["WORLD_SIZE", { RANK: "0", WORLD_SIZE: "99999999999" }],
    ["MASTER_PORT", { RANK: "0", WORLD_SIZE: "1", MASTER_ADDR: "a", MASTER_PORT: "65536" }],
    ["LOCAL_RANK", { RANK: "0", WORLD_SIZE: "1", LOCAL_RANK: "" }],
  ])("is refused when %s is none", (name, variables) => {
    expect(() => groupPlace(variables)).toThrow(new RegExp(`${name} is ".*", expected an integer from`));
  });

  test.each([
    [{ RANK: "3", WORLD_SIZE: "8", LOCAL_WORLD_SIZE: "4" }],
    [{ OMPI_COMM_WORLD_RANK: "3", OMPI_COMM_WORLD_SIZE: "8", OMPI_COMM_WORLD_LOCAL_SIZE: "4" }],
    [{ PMI_RANK: "3", PMI_SIZE: "8", MPI_LOCALNRANKS: "4" }],
    [{ SLURM_PROCID: "3", SLURM_NTASKS: "8", SLURM_NTASKS_PER_NODE: "4" }],
  ])("has the number of processes of its machine, of %j", (variables) => {
    expect(groupPlace(variables)?.localSize).toBe(4);
  });
});
