import { groupPlace } from "@dqrm/comm";
import { createMpi } from "@dqrm/comm-mpi";

/** Opens this process's end, as a program that mpirun started does. */
export async function openRank() {
  const place = groupPlace(process.env);
  if (place === undefined) throw new Error("no launcher started this process");
  const binary = process.env["DQRM_MPI_BINARY"];
  const transport = await createMpi(binary === undefined ? {} : { binary }).open({
    place,
    timeoutMs: 30_000,
  });
  if ("unavailable" in transport) {
    console.error(transport.unavailable);
    process.exit(1);
  }
  return transport;
}
