import { getHeapStatistics } from "node:v8";
import type { MessageDecoder, MessageSchema, RowSink } from "@dqrm/comm";
import { isDqrmError } from "@dqrm/core";
import { FUZZ_HEAD, fuzzMessages, fuzzSchema } from "./fuzz-subjects.ts";
import { mutantOf } from "./mutate.ts";

/** Says which mutants are tried. */
export interface HostileRun {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
}

/** Counts what became of the mutants. */
export interface HostileTally {
  readonly accepted: number;
  readonly refused: number;
}

/** Reads the mutants of a part of a run from the environment: their number, and seed and first one to replay a failure. */
export function hostileRun(part: number, parts: number): HostileRun {
  const read = (name: string, standard: number): number => Number(process.env[name] ?? standard);
  const total = read("DQRM_FUZZ_MUTANTS", 1_000_000);
  const begin = Math.floor((total * part) / parts);
  const count = Math.floor((total * (part + 1)) / parts) - begin;
  return { seed: read("DQRM_FUZZ_SEED", 2026), first: read("DQRM_FUZZ_FIRST", 0) + begin, count };
}

/** Decodes mutants; throws at the first that is refused without WIRE or DESYNC, changes a sink though refused, or takes memory. */
export function tryMutants(decoder: MessageDecoder, { count, first, seed }: HostileRun): HostileTally {
  const messages = fuzzMessages();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  let accepted = 0;
  try {
    for (let number = first; number < first + count; number++) {
      const { bytes, history } = mutantOf(messages, seed, number);
      const wrong = tryBytes(decoder, bytes);
      if (wrong === "accepted") accepted++;
      else if (wrong !== "refused") {
        throw new Error(`seed ${seed}, mutant ${number} (${history.join(", ")}): ${wrong}`);
      }
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return { accepted, refused: count - accepted };
}

/** Decodes some bytes and says "accepted", "refused" or what is wrong. */
export function tryBytes(decoder: MessageDecoder, bytes: Uint8Array): string {
  const watch = { added: 0, wrong: "" };
  const before = getHeapStatistics().external_memory;
  let outcome = "accepted";
  try {
    decoder.decode(bytes, FUZZ_HEAD, watchingSinks(fuzzSchema, watch));
  } catch (error) {
    if (!isDqrmError(error, "WIRE") && !isDqrmError(error, "DESYNC")) return String(error);
    outcome = watch.added === 0 ? "refused" : `refused after ${watch.added} rows were added`;
  }
  if (watch.wrong !== "") return watch.wrong;
  const grown = getHeapStatistics().external_memory - before;
  const allowed = memoryLimit(fuzzSchema, bytes.length);
  return grown > allowed ? `took ${grown} bytes of memory, more than ${allowed}` : outcome;
}

/** A byte coded by frequency stands for at most 256, and each of them for at most 8 values. */
const VALUES_PER_BYTE: number = 256 * 8;

/** The two factors of a matrix have at most so many columns. */
const MAX_RANK = 64;

/**
 * Bounds what one message may take: for each parameter its rows and their ids, in arrays that double, their codes, and the
 * factors of a layer; never more values than the message's bytes can stand for, or than a layer has.
 */
function memoryLimit({ parameters }: MessageSchema, bytes: number): number {
  return parameters.reduce((limit, { cols, rows }) => {
    const most = Math.min(rows, Math.ceil((bytes * VALUES_PER_BYTE) / cols));
    return (
      limit + 2 * 4 * most * (cols + 1) + 2 * 4 * most * cols + 4 * MAX_RANK * (Math.min(rows, 64) + cols)
    );
  }, 0);
}

function watchingSinks(
  { parameters }: MessageSchema,
  watch: { added: number; wrong: string },
): readonly RowSink[] {
  return parameters.map(({ cols, rows }) => ({
    rows,
    cols,
    add(row, values, offset) {
      watch.added++;
      if (!(row >= 0 && row < rows)) watch.wrong = `row ${row} of ${rows}`;
      for (let c = 0; c < cols; c++) {
        if (!Number.isFinite(values[offset + c])) watch.wrong = `value ${values[offset + c]} of row ${row}`;
      }
    },
  }));
}
