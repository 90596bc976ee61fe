import { integerField, joinMessage, messageField, textField, bytesField } from "./protobuf.mjs";

/** @import { Message } from "./protobuf.mjs" */

/** Numbers of element types in onnx.proto. */
export const ELEMENT = { float: 1, int8: 3, int32: 6, int64: 7, int4: 22 };

/** What the file says of itself: IR 10 is the first with INT4, operator set 21 goes with it. */
const IR_VERSION = 10;
const OPSET = 21;
const ATTRIBUTE_INTEGER = 2;
const ATTRIBUTE_INTEGERS = 7;

/**
 * Describes a graph.
 *
 * @typedef {object} Graph
 * @property {readonly Message[]} nodes
 * @property {readonly Message[]} tensors
 * @property {readonly Message[]} inputs
 * @property {readonly Message[]} outputs
 */

/**
 * Encodes a node; the domain is that of the operator, empty for ONNX's own.
 *
 * @param {{ op: string, inputs: readonly string[], output: string, domain?: string,
 *   attributes?: Readonly<Record<string, number | readonly number[]>> }} parts
 * @returns {Message}
 */
export function node({ attributes = {}, domain = "", inputs, op, output }) {
  return [
    ...inputs.flatMap((name) => textField(1, name)),
    ...textField(2, output),
    ...textField(3, output),
    ...textField(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => messageField(5, attribute(name, value))),
    ...textField(7, domain),
  ];
}

/**
 * @param {string} name
 * @param {number | readonly number[]} value
 * @returns {Message}
 */
function attribute(name, value) {
  return typeof value === "number"
    ? [...textField(1, name), ...integerField(3, value), ...integerField(20, ATTRIBUTE_INTEGER)]
    : [
        ...textField(1, name),
        ...value.flatMap((item) => integerField(8, item)),
        ...integerField(20, ATTRIBUTE_INTEGERS),
      ];
}

/**
 * Encodes a constant tensor over the bytes of an array.
 *
 * @param {{ name: string, type: number, dims: readonly number[], data: ArrayBufferView }} parts
 * @returns {Message}
 */
export function tensor({ data, dims, name, type }) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    ...dims.flatMap((dim) => integerField(1, dim)),
    ...integerField(2, type),
    ...textField(8, name),
    ...bytesField(9, bytes),
  ];
}

/**
 * Encodes an input or output; a dimension with a name is free.
 *
 * @param {string} name
 * @param {number} type
 * @param {readonly (number | string)[]} dims
 * @returns {Message}
 */
export function value(name, type, dims) {
  const shape = dims.flatMap((dim) =>
    messageField(1, typeof dim === "string" ? textField(2, dim) : integerField(1, dim)),
  );
  const tensorType = [...integerField(1, type), ...messageField(2, shape)];
  return [...textField(1, name), ...messageField(2, messageField(1, tensorType))];
}

/**
 * Encodes a whole file.
 *
 * @param {Graph} graph
 */
export function onnxFile({ inputs, nodes, outputs, tensors }) {
  const graph = [
    ...nodes.flatMap((item) => messageField(1, item)),
    ...textField(2, "dlrm"),
    ...tensors.flatMap((item) => messageField(5, item)),
    ...inputs.flatMap((item) => messageField(11, item)),
    ...outputs.flatMap((item) => messageField(12, item)),
  ];
  /** @param {string} domain @param {number} version */
  const operators = (domain, version) =>
    messageField(8, [...textField(1, domain), ...integerField(2, version)]);
  return joinMessage([
    ...integerField(1, IR_VERSION),
    ...textField(2, "dqrm"),
    ...messageField(7, graph),
    ...operators("", OPSET),
    ...operators("com.microsoft", 1),
  ]);
}
