import { DqrmError } from "@dqrm/core";
import { MAX_GLOO_RANKS } from "../../limits.ts";

/** Raised when the meaning of a frame changes; ranks of different versions do not meet. */
export const PROTOCOL_VERSION = 2;

/** Two addresses of gloo, each a socket's address and a number of 136 bytes; more is none. */
export const MAX_ADDRESS_BYTES = 512;

/** The addresses of the largest group. */
export const MAX_BODY_BYTES: number = MAX_GLOO_RANKS * (2 + MAX_ADDRESS_BYTES);

/** A refusal says one sentence. */
export const MAX_REASON_BYTES = 512;

/** What a frame is: a rank that comes, the answer that it needs, or why there is no group. */
export const KINDS = ["hello", "welcome", "refusal"] as const;

/** Carries what two ranks say to each other while they meet. */
export interface Frame {
  readonly version: number;
  /** Who speaks; in a refusal, who is at fault. */
  readonly rank: number;
  readonly size: number;
  readonly kind: (typeof KINDS)[number];
  readonly body: Uint8Array;
}

/** "DQGL" in the order of the bytes. */
const MAGIC = 0x4451_474c;

/** Magic, version, rank, size, kind and length of the body, 4 bytes each, most significant first. */
const HEADER_BYTES = 24;

/** Encodes a frame. */
export function encodeFrame({ body, kind, rank, size, version }: Frame): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  [MAGIC, version, rank, size, KINDS.indexOf(kind), body.length].forEach((word, i) => {
    view.setUint32(i * 4, word);
  });
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/**
 * Decodes a frame; undefined while bytes are missing.
 *
 * @throws FORMAT when it is none; LIMIT when it would be longer than any
 */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length >= 4) checkMagic(bytes);
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [version, rank, size, kindNumber, bodyBytes] = [4, 8, 12, 16, 20].map((at) => view.getUint32(at));
  const kind = KINDS[kindNumber];
  if (kind === undefined) throw formatError(16, `a kind below ${KINDS.length}`, String(kindNumber));
  if (bodyBytes > MAX_BODY_BYTES) {
    const [limit, maximum] = ["MAX_BODY_BYTES", MAX_BODY_BYTES] as const;
    throw new DqrmError("LIMIT", { what: "a frame's body", limit, maximum, actual: bodyBytes });
  }
  const end = HEADER_BYTES + bodyBytes;
  if (bytes.length < end) return undefined;
  if (bytes.length > end) throw formatError(end, "the end of the frame", `${bytes.length - end} more bytes`);
  return { version, rank, size, kind, body: bytes.slice(HEADER_BYTES) };
}

function checkMagic(bytes: Uint8Array): void {
  const magic = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  if (magic !== MAGIC) throw formatError(0, "DQGL", `0x${magic.toString(16)}`);
}

/** Encodes the addresses of a rank for all others: of each its length in 2 bytes, then its bytes. */
export function encodeAddresses(addresses: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(addresses.flatMap((bytes) => [bytes.length >> 8, bytes.length & 0xff, ...bytes]));
}

/** Decodes the addresses for a group of a size. @throws FORMAT when they are not just that */
export function decodeAddresses(body: Uint8Array, size: number): readonly Uint8Array[] {
  const addresses: Uint8Array[] = [];
  let at = 0;
  for (let rank = 0; rank < size; rank++) {
    const length = at + 2 <= body.length ? body[at] * 256 + body[at + 1] : Number.NaN;
    at += 2;
    if (!(length <= MAX_ADDRESS_BYTES) || at + length > body.length) {
      throw formatError(at, `the address of rank ${rank}`, `a body of ${body.length} bytes`);
    }
    addresses.push(body.slice(at, at + length));
    at += length;
  }
  if (at !== body.length) throw formatError(at, "the end of the addresses", `${body.length - at} more bytes`);
  return addresses;
}

function formatError(offset: number, expected: string, actual: string): DqrmError<"FORMAT"> {
  return new DqrmError("FORMAT", { source: "rendezvous", offset, expected, actual });
}
