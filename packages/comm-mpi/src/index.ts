export { abort } from "./abort.ts";
export { createMpi, MAX_MESSAGE_BYTES, mpi, type MpiOptions } from "./mpi.ts";
