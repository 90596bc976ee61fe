/** Marks the kinds of fields that ONNX files use: integers, and bytes with their length. */
const VARINT = 0;
const BYTES = 2;

/**
 * Holds an encoded message in pieces, so that large tensors are copied once, when the file is joined.
 *
 * @typedef {readonly Uint8Array[]} Message
 */

/**
 * Encodes a field with an integer of at least 0.
 *
 * @param {number} field
 * @param {number} value
 * @returns {Message}
 */
export function integerField(field, value) {
  return [varint(8 * field + VARINT), varint(value)];
}

/**
 * Encodes a field with bytes.
 *
 * @param {number} field
 * @param {Uint8Array} bytes
 * @returns {Message}
 */
export function bytesField(field, bytes) {
  return [varint(8 * field + BYTES), varint(bytes.length), bytes];
}

/**
 * Encodes a field with text.
 *
 * @param {number} field
 * @param {string} text
 * @returns {Message}
 */
export function textField(field, text) {
  return bytesField(field, new TextEncoder().encode(text));
}

/**
 * Encodes a field with a message inside.
 *
 * @param {number} field
 * @param {Message} message
 * @returns {Message}
 */
export function messageField(field, message) {
  return [varint(8 * field + BYTES), varint(lengthOf(message)), ...message];
}

/**
 * Joins the pieces of a message.
 *
 * @param {Message} message
 */
export function joinMessage(message) {
  const bytes = new Uint8Array(lengthOf(message));
  let position = 0;
  for (const piece of message) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

/** @param {Message} message */
function lengthOf(message) {
  return message.reduce((sum, { length }) => sum + length, 0);
}

/** @param {number} value */
function varint(value) {
  const bytes = [];
  let rest = value;
  // Division and not a shift: lengths pass 2^31.
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
