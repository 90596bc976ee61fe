import { ELEMENT, node, onnxFile, tensor, value } from "./onnx-graph.mjs";

/** @import { LayerSpec, PackedLayer, PackedModel, PackedRows } from "@dqrm/core" */
/** @import { Message } from "./protobuf.mjs" */

/** Flips the highest bit of both codes of a byte: ours count from 0, those of ONNX from −8. */
const SIGNS = 0x88;

/** Largest magnitude of an 8-bit code. */
const INT8_MOST = 127;

/**
 * Collects the nodes and constants of a graph.
 *
 * @typedef {object} Sheet
 * @property {Message[]} nodes
 * @property {Message[]} tensors
 */

/**
 * Writes a model with INT4 tables and float layers as an ONNX file, in the way that suits ONNX Runtime best: all tables
 * in one, so that one node gathers every row.
 *
 * Inputs: dense f32[samples × features], indices i32[samples × tables], counted from the first row of the first table.
 *
 * @param {PackedModel} model
 * @param {"float32" | "int8"} products what the layers multiply
 */
export function onnxModel(model, products) {
  const { spec } = model;
  const sheet = /** @type {Sheet} */ ({ nodes: [], tensors: [] });
  const [{ cols }] = spec.tables;
  const vectors = spec.tables.length + 1;
  addTables(sheet, model, cols);
  const bottom = addLayers(sheet, {
    name: "bottom",
    from: "dense",
    layers: model.bottom,
    specs: spec.bottom,
    products,
  });
  const interaction = addInteraction(sheet, bottom, vectors, cols);
  const logits = addLayers(sheet, {
    name: "top",
    from: interaction,
    layers: model.top,
    specs: spec.top,
    products,
  });
  sheet.nodes.push(node({ op: "Sigmoid", inputs: [logits], output: "probabilities" }));
  return onnxFile({
    ...sheet,
    inputs: [
      value("dense", ELEMENT.float, ["samples", spec.denseFeatures]),
      value("indices", ELEMENT.int32, ["samples", spec.tables.length]),
    ],
    outputs: [value("probabilities", ELEMENT.float, ["samples", 1])],
  });
}

/**
 * @param {Sheet} sheet
 * @param {PackedModel} model
 * @param {number} cols
 */
function addTables(sheet, { tables }, cols) {
  const packed = tables.map(packedRows);
  const rows = packed.reduce((sum, table) => sum + table.rows, 0);
  const codes = new Uint8Array((rows * cols) / 2);
  const scale = new Float32Array(rows);
  let row = 0;
  for (const table of packed) {
    const first = (row * cols) / 2;
    for (let i = 0; i < table.codes.length; i++) codes[first + i] = table.codes[i] ^ SIGNS;
    scale.fill(table.scale[0], row, row + table.rows);
    row += table.rows;
  }
  sheet.tensors.push(
    tensor({ name: "codes", type: ELEMENT.int4, dims: [rows, cols], data: codes }),
    tensor({ name: "scales", type: ELEMENT.float, dims: [rows, 1], data: scale }),
  );
  sheet.nodes.push(
    node({
      op: "GatherBlockQuantized",
      domain: "com.microsoft",
      inputs: ["codes", "indices", "scales"],
      output: "rows",
      attributes: { block_size: cols, gather_axis: 0, quantize_axis: 1 },
    }),
  );
}

/**
 * @param {PackedRows | Float32Array} table
 * @returns {PackedRows}
 */
function packedRows(table) {
  if (table instanceof Float32Array || table.format.bits !== 4) throw new TypeError("expected INT4 tables");
  return table;
}

/**
 * @param {Sheet} sheet
 * @param {{ name: string, from: string, layers: readonly PackedLayer[], specs: readonly LayerSpec[],
 *   products: "float32" | "int8" }} stack
 */
function addLayers(sheet, { from, layers, name, products, specs }) {
  let input = from;
  layers.forEach(({ bias, weight }, k) => {
    const layer = `${name}${k}`;
    const { activation, inputs, outputs } = specs[k];
    if (!(weight instanceof Float32Array && bias instanceof Float32Array))
      throw new TypeError("expected floats");
    sheet.tensors.push(tensor({ name: `${layer}.bias`, type: ELEMENT.float, dims: [outputs], data: bias }));
    if (products === "int8") addInt8Product(sheet, { layer, input, weight, inputs, outputs });
    else {
      sheet.tensors.push(
        tensor({ name: `${layer}.weight`, type: ELEMENT.float, dims: [outputs, inputs], data: weight }),
      );
      const operands = [input, `${layer}.weight`, `${layer}.bias`];
      sheet.nodes.push(node({ op: "Gemm", inputs: operands, output: layer, attributes: { transB: 1 } }));
    }
    input = layer;
    if (activation !== "relu") return;
    sheet.nodes.push(node({ op: "Relu", inputs: [layer], output: `${layer}.relu` }));
    input = `${layer}.relu`;
  });
  return input;
}

/**
 * Adds a product of 8-bit codes: the weights' with a scale for each output, the inputs' chosen as they come.
 *
 * @param {Sheet} sheet
 * @param {{ layer: string, input: string, weight: Float32Array, inputs: number, outputs: number }} product
 */
function addInt8Product(sheet, { input, inputs, layer, outputs, weight }) {
  const codes = new Int8Array(inputs * outputs);
  const scale = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const row = weight.subarray(o * inputs, (o + 1) * inputs);
    const peak = row.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    scale[o] = peak / INT8_MOST;
    for (let i = 0; i < inputs; i++) codes[i * outputs + o] = Math.round(row[i] / scale[o]);
  }
  sheet.tensors.push(
    tensor({ name: `${layer}.codes`, type: ELEMENT.int8, dims: [inputs, outputs], data: codes }),
    tensor({ name: `${layer}.scale`, type: ELEMENT.float, dims: [outputs], data: scale }),
  );
  sheet.nodes.push(
    node({
      op: "DynamicQuantizeMatMul",
      domain: "com.microsoft",
      inputs: [input, `${layer}.codes`, `${layer}.scale`, "", `${layer}.bias`],
      output: layer,
    }),
  );
}

/**
 * Adds the dot products of all pairs of vectors, behind the first vector.
 *
 * @param {Sheet} sheet
 * @param {string} bottom
 * @param {number} vectors
 * @param {number} cols
 */
function addInteraction(sheet, bottom, vectors, cols) {
  const pairs = [];
  for (let i = 1; i < vectors; i++) for (let j = 0; j < i; j++) pairs.push(BigInt(i * vectors + j));
  /** @param {string} name @param {readonly number[]} numbers */
  const integers = (name, numbers) =>
    tensor({ name, type: ELEMENT.int64, dims: [numbers.length], data: BigInt64Array.from(numbers, BigInt) });
  sheet.tensors.push(
    integers("vectorShape", [-1, 1, cols]),
    integers("pairShape", [-1, vectors * vectors]),
    tensor({ name: "pairs", type: ELEMENT.int64, dims: [pairs.length], data: BigInt64Array.from(pairs) }),
  );
  sheet.nodes.push(
    node({ op: "Reshape", inputs: [bottom, "vectorShape"], output: "first" }),
    node({ op: "Concat", inputs: ["first", "rows"], output: "vectors", attributes: { axis: 1 } }),
    node({ op: "Transpose", inputs: ["vectors"], output: "turned", attributes: { perm: [0, 2, 1] } }),
    node({ op: "MatMul", inputs: ["vectors", "turned"], output: "products" }),
    node({ op: "Reshape", inputs: ["products", "pairShape"], output: "flat" }),
    node({ op: "Gather", inputs: ["flat", "pairs"], output: "lower", attributes: { axis: 1 } }),
    node({ op: "Concat", inputs: [bottom, "lower"], output: "interaction", attributes: { axis: 1 } }),
  );
  return "interaction";
}
