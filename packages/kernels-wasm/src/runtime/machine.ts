import type { BackendMachine } from "@dqrm/core";
import { PLAN, writeRecord, type PlanField, type RecordValues } from "../plan/records.ts";
import { clock } from "./clock.ts";
import type { Runtime } from "./runtime.ts";

/** What assembly/plan/probe.ts does in a round: 8 vectors of 4 products, each added to a sum. */
const ROUND_OPERATIONS = 64;

/** Bytes of factors that a thread multiplies. */
const FACTOR_BYTES = 1024;

/** Rounds of one measurement, a few milliseconds, and how many are made: the best counts. */
const PRODUCT_ROUNDS: number = 1 << 20;
const REPETITIONS = 40;

/** Bytes that a thread reads in order; more would take seconds to be touched for the first time. */
const READ_BYTES: number = 1 << 26;

/** Measures the machine with the runtime's own threads and instructions. */
export function createMachine(runtime: Runtime): BackendMachine {
  const best = (threads: number, values: RecordValues<PlanField>): number => {
    const record = runtime.heap.allocateZeroed(PLAN.bytes);
    const sink = runtime.heap.allocateZeroed(FACTOR_BYTES * runtime.threads);
    const parallel = threads > 1;
    let seconds = Infinity;
    writeRecord(new DataView(runtime.memory.buffer), PLAN, record, { ...values, zeros: sink });
    for (let k = 0; k < REPETITIONS; k++) {
      const begin = clock();
      runtime.run(record, parallel);
      seconds = Math.min(seconds, (clock() - begin) / 1000);
    }
    runtime.release(record);
    runtime.release(sink);
    return (parallel ? runtime.threads : 1) / seconds;
  };

  return {
    isa: "simd128",
    get threads() {
      return runtime.threads;
    },
    fmaGigaflops: (threads) =>
      (best(threads, { served: 2, size: PRODUCT_ROUNDS }) * PRODUCT_ROUNDS * ROUND_OPERATIONS) / 1e9,
    readGigabytes(threads) {
      const scratch = runtime.allocate(READ_BYTES * runtime.threads);
      runtime.bytes().fill(1, scratch, scratch + READ_BYTES * (threads > 1 ? runtime.threads : 1));
      const reads = best(threads, { served: 3, size: 1, scratch, scratchBytes: READ_BYTES });
      runtime.release(scratch);
      return (reads * READ_BYTES) / 1e9;
    },
  };
}
