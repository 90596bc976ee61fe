import type { RandomKey, RowGradient } from "@dqrm/core";
import type { RowSink } from "./row-sink.ts";

/**
 * Turns gradients into bytes and back.
 *
 * A codec holds no state: error feedback wraps it, and randomness is an argument, so that encoding is a function of its
 * arguments. Its bytes describe themselves: a receiver needs nothing else, least of all what the sender kept.
 */
export interface GradientCodec {
  readonly name: string;
  /** Identifies the payload on the wire, 1 to 255; ids from 128 on are for third parties. */
  readonly id: number;
  /** "sum": payloads of the same rows may be added without decoding. "gather": each is decoded on its own. */
  readonly combine: "sum" | "gather";
  /** Bounds the bytes of any gradient of `count` rows; `encode` never writes more. */
  maxBytes(count: number, cols: number): number;
  /**
   * Writes a payload to the start of `out` and returns its bytes.
   *
   * @shape out u8[>= maxBytes(gradient.count, gradient.cols)]
   * @throws SHAPE when out is too short; NON_FINITE when a value is NaN or infinite; VALUE when the codec cannot hold
   *         such a gradient
   */
  encode(gradient: RowGradient, out: Uint8Array, key: RandomKey): number;
  /**
   * Adds the decoded rows to `sink`. The whole payload is checked before the first row is added, so that a refused
   * payload leaves the sink as it was.
   *
   * @throws WIRE when the bytes are not exactly one payload of this codec, or name a row outside the sink; SHAPE when
   *         the sink has other columns
   */
  decode(bytes: Uint8Array, sink: RowSink): void;
}

/** Encodes so that payloads can be added in flight: what an all-reduce needs, and a "gather" codec cannot give. */
export interface SummableCodec extends GradientCodec {
  readonly combine: "sum";
  /**
   * Adds the payload `from` to the payload `into`: `into` then decodes to the sum.
   *
   * @throws WIRE when either is damaged, or they hold different rows
   */
  addPayload(into: Uint8Array, from: Uint8Array): void;
}
