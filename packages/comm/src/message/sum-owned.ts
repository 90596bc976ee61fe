import { createRowGradient, type RowGradient } from "@dqrm/core";
import type { CancelSignal } from "../abort.ts";
import type { RowSink } from "../row-sink.ts";
import { otherRanks, type Transport } from "../transport.ts";
import { wireError } from "../wire.ts";
import { createMessageDecoder, type MessageDecoder } from "./decode-message.ts";
import { encodeMessage, maxMessageBytes } from "./encode-message.ts";
import { MESSAGE } from "./message-header.ts";
import type { MessageParameter, MessageSchema } from "./message-schema.ts";
import type { OwnedRows, RowRange } from "./owned-rows.ts";

/** Says what the round of the sums moved, and whether all sums are numbers. */
export interface SumsReport {
  readonly finite: boolean;
  /** To each other worker. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Sums the rows that this worker owns, and gets the sums of the others. */
export interface OwnedSums {
  /**
   * Sums what the decoders of all shards hold of the own rows, in their order, and brings the sums of all workers together.
   *
   * @throws WIRE and DESYNC as {@link MessageDecoder}; and what the transport throws
   */
  exchange(step: number, shards: readonly MessageDecoder[], signal?: CancelSignal): Promise<SumsReport>;
  /** Adds the sums of all workers that came last. */
  add(sinks: readonly RowSink[]): void;
}

/** Says whose rows are summed. */
export interface OwnedSumsOptions {
  readonly transport: Transport;
  /** Of the parameters whose gradients are sent. */
  readonly parameters: readonly MessageParameter[];
  /** Of their sums. */
  readonly sums: MessageSchema;
  readonly owned: OwnedRows;
}

/** Sums are floats, and nothing is rounded at random. */
const NO_KEY = { seed: 0, stream: 0 };

/** Prepares the sums of the own rows. @cost 4 bytes for each value owned, and for each that has an owner */
export function prepareOwnedSums({ owned, parameters, sums, transport }: OwnedSumsOptions): OwnedSums {
  const { rank, size } = transport;
  const peers = otherRanks(transport);
  const places = parameters.flatMap(({ owners }, p) => (owners === undefined ? [] : [p]));
  const own = parameters.map((parameter, p) => createOwnedSum(parameter, owned[rank][p], sums.add));
  const gradients = places.flatMap((p) => own[p]?.gradient ?? []);
  const accumulators = own.map((sum) => sum?.sink);
  const shapes = sums.parameters.map(({ cols, rows }): RowSink => ({ rows, cols, add: () => undefined }));
  const decoders = Array.from({ length: size }, () => createMessageDecoder(sums));
  const room = new Uint8Array(maxMessageBytes(sums, gradients));

  const read = (step: number, worker: number, bytes: Uint8Array): boolean => {
    const { nonFinite } = decoders[worker].check(bytes, { step, rank: worker, world: size }, shapes);
    if (!nonFinite) {
      checkWhole(
        decoders[worker],
        sums,
        owned[worker].filter((range) => range !== undefined),
      );
    }
    return !nonFinite;
  };
  return {
    async exchange(step, shards, signal) {
      for (const { values } of gradients) values.fill(0);
      for (const shard of shards) shard.add(accumulators);
      const head = { step, rank, world: size };
      const bytes = room.subarray(0, encodeMessage(sums, { head, gradients, key: () => NO_KEY }, room));
      const sent = peers.map((peer) => transport.send(peer, bytes, signal));
      const received = peers.map((peer) => transport.receive(peer, signal));
      const [messages] = await Promise.all([Promise.all(received), Promise.all(sent)]);
      const receivedBytes = messages.reduce((sum, { length }) => sum + length, 0);
      const finite = messages.map((message, i) => read(step, peers[i], message));
      for (const message of messages) transport.recycle?.(message);
      return {
        finite: read(step, rank, bytes) && finite.every(Boolean),
        sentBytes: bytes.length,
        receivedBytes,
      };
    },
    add(sinks) {
      const targets = places.map((p) => sinks[p]);
      for (const decoder of decoders) decoder.add(targets);
    },
  };
}

interface OwnedSum {
  readonly gradient: RowGradient;
  readonly sink: RowSink;
}

/** A row that another worker owns was sent to the wrong one. */
function createOwnedSum(
  { cols, name, rows }: MessageParameter,
  range: RowRange | undefined,
  addAll: MessageSchema["add"],
): OwnedSum | undefined {
  if (range === undefined) return undefined;
  const [begin, end] = range;
  const gradient = createRowGradient(cols, end - begin);
  gradient.count = end - begin;
  for (let i = 0; i < gradient.count; i++) gradient.rows[i] = begin + i;
  const { values } = gradient;
  const add: RowSink["add"] = (row, source, offset) => {
    if (row < begin || row >= end) throw wireError(MESSAGE, 0, `row ${row} of ${name}, which another sums`);
    const at = (row - begin) * cols;
    for (let c = 0; c < cols; c++) values[at + c] += source[offset + c];
  };
  const addRows: RowSink["addRows"] = ({ count, rows: ids, values: source }) => {
    // Rows ascend, each once: as many from the first on are all.
    const whole = count === gradient.count && ids[0] === begin && ids[count - 1] === end - 1;
    if (whole) addAll(values.subarray(0, count * cols), source.subarray(0, count * cols));
    else for (let i = 0; i < count; i++) add(ids[i], source, i * cols);
  };
  return { gradient, sink: { rows, cols, add, addRows } };
}

/** Checks that a message holds just the rows of its sender. @throws WIRE */
function checkWhole(
  decoder: MessageDecoder,
  { parameters }: MessageSchema,
  ranges: readonly RowRange[],
): void {
  const next = ranges.map(([begin]) => begin);
  const wrong = (p: number): Error =>
    wireError(MESSAGE, 0, `${parameters[p].name} without row ${next[p]}, or with others`);
  decoder.add(
    parameters.map(({ cols, rows }, p): RowSink => ({
      rows,
      cols,
      add(row) {
        if (row !== next[p]) throw wrong(p);
        next[p]++;
      },
    })),
  );
  ranges.forEach(([, end], p) => {
    if (next[p] !== end) throw wrong(p);
  });
}
