import { DqrmError } from "@dqrm/core";
import { viewOf, wireError } from "../wire.ts";
import type { MessageSchema } from "./message-schema.ts";

/** Counts the bytes before the sections of a message. */
export const MESSAGE_HEADER_BYTES = 40;

/** "DQG1" in ASCII, little-endian. */
const MAGIC = 0x31475144;
const VERSION = 1;
const CRC_OFFSET = 36;

/** Names a message in errors about its bytes. */
export const MESSAGE = { name: "message", id: 0 };

/** A group is not larger than its 16-bit number in the header. */
export const MAX_WORLD = 65_535;

/** Says whose gradient a message holds, and of which step. */
export interface ExpectedHead {
  readonly step: number;
  /** Number of the sender: a worker, or a virtual shard. */
  readonly rank: number;
  /** Senders in all. */
  readonly world: number;
}

/** Says what a message's header declares. */
export interface MessageHeader extends ExpectedHead {
  /** Whether the sender's gradient has a NaN or an infinity; such a message has no sections. */
  readonly nonFinite: boolean;
  readonly sections: number;
}

const NON_FINITE_BIT = 1;

/** Writes the header of a message of `length` bytes whose sections already stand behind it. */
export function writeMessageHeader(
  bytes: Uint8Array,
  { nonFinite, rank, sections, step, world }: MessageHeader,
  schema: MessageSchema,
): void {
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, 0);
  view.setUint16(6, MESSAGE_HEADER_BYTES, true);
  view.setUint32(8, schema.hash[0], true);
  view.setUint32(12, schema.hash[1], true);
  view.setUint32(16, step, true);
  view.setUint16(20, rank, true);
  view.setUint16(22, world, true);
  view.setUint32(24, sections, true);
  view.setUint32(28, bytes.length, true);
  view.setUint32(32, nonFinite ? NON_FINITE_BIT : 0, true);
  view.setUint32(CRC_OFFSET, checksum(bytes, schema), true);
}

/**
 * Reads and checks a header; the peer is whole when this throws DESYNC.
 *
 * @throws WIRE when the bytes are not one undamaged message; DESYNC when its sender is at another step, has another model, or
 *         another idea of who is there
 */
export function readMessageHeader(
  bytes: Uint8Array,
  expected: ExpectedHead,
  schema: MessageSchema,
): MessageHeader {
  const view = viewOf(bytes);
  if (bytes.length < MESSAGE_HEADER_BYTES) throw wireError(MESSAGE, bytes.length, "a cut header");
  if (view.getUint32(0, true) !== MAGIC) throw wireError(MESSAGE, 0, "not a message of gradients");
  if (view.getUint32(28, true) !== bytes.length) {
    throw wireError(MESSAGE, 28, `a length of ${view.getUint32(28, true)} in ${bytes.length} bytes`);
  }
  if (view.getUint32(CRC_OFFSET, true) !== checksum(bytes, schema))
    throw wireError(MESSAGE, CRC_OFFSET, "wrong checksum");
  return checkHeader(view, expected, schema);
}

/** Reads a header whose checksum was not looked at: for tests that damage messages on purpose. */
export function checkHeader(view: DataView, expected: ExpectedHead, schema: MessageSchema): MessageHeader {
  const { rank, step, world } = expected;
  const agree = (what: string, actual: string, wanted: string): void => {
    if (actual === wanted) return;
    throw new DqrmError("DESYNC", { peer: rank, step, what, expected: wanted, actual });
  };
  agree("version", String(view.getUint8(4)), String(VERSION));
  if (view.getUint8(5) !== 0) throw wireError(MESSAGE, 5, `flags ${view.getUint8(5)}`);
  if (view.getUint16(6, true) !== MESSAGE_HEADER_BYTES)
    throw wireError(MESSAGE, 6, "a header of another length");
  agree("model", hex(view.getUint32(8, true), view.getUint32(12, true)), hex(...schema.hash));
  agree("world", String(view.getUint16(22, true)), String(world));
  agree("rank", String(view.getUint16(20, true)), String(rank));
  agree("step", String(view.getUint32(16, true)), String(step));
  const status = view.getUint32(32, true);
  if (status > NON_FINITE_BIT) throw wireError(MESSAGE, 32, `status ${status}`);
  const sections = view.getUint32(24, true);
  if (sections > (status === NON_FINITE_BIT ? 0 : schema.parameters.length)) {
    throw wireError(MESSAGE, 24, `${sections} sections of ${schema.parameters.length} parameters`);
  }
  return { rank, step, world, nonFinite: status === NON_FINITE_BIT, sections };
}

function hex(low: number, high: number): string {
  return [high, low].map((part) => part.toString(16).padStart(8, "0")).join("");
}

function checksum(bytes: Uint8Array, { checksum: sum }: MessageSchema): number {
  return sum(bytes, MESSAGE_HEADER_BYTES, bytes.length, sum(bytes, 0, CRC_OFFSET, 0));
}
