import {
  isDeadZone,
  isPlainPackedModel,
  type Batch,
  type InferencePlan,
  type PackedLayer,
  type PackedModel,
  type PackedRows,
  type PlanOptions,
  type ProductPrecision,
} from "@dqrm/core";
import { checkBatch, checkFinite, checkLength, checkPackedModel } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { floatRows, packedRows } from "../table/device-rows.ts";
import { addForward } from "./forward-passes.ts";
import { floatLayers } from "./layer-passes.ts";
import { codeLayer } from "./code-layer.ts";
import { codeLayers } from "./code-passes.ts";
import { dequantized } from "./dequantized.ts";
import { layersOf, modelShape, type ModelShape } from "./model-shape.ts";
import { placeModel } from "./place-model.ts";
import { planBatch } from "./plan-batch.ts";
import { createProgramBuilder } from "./program-builder.ts";
import type { ResidentLayer, ResidentModel } from "./resident-table.ts";

/**
 * Compiles a packed model that stays on the device and serves a batch in one submission, or answers undefined when it has
 * parts that the shaders do not know.
 *
 * @throws LIMIT when the device or the budget has no room; SHAPE as compileInference
 */
export function compileDeviceInference(
  host: Host,
  model: PackedModel,
  options: PlanOptions,
): InferencePlan | undefined {
  const shape = modelShape(model.spec);
  if (shape === undefined || !isPlainPackedModel(model)) return undefined;
  const products = options.products ?? "float32";
  if (!servesProducts(products, host) || model.tables.some(isZoned)) return undefined;
  // The executor says what is wrong with a threshold.
  if (!(model.spec.loss.threshold >= 0 && model.spec.loss.threshold < 0.5)) return undefined;
  checkPackedModel(model);
  const { placed, residents } = placeModel(host, (placing): ResidentModel => {
    const { spec } = model;
    const tables = model.tables.map((table, t) =>
      placing.table(
        table instanceof Float32Array ? floatRows({ ...spec.tables[t], weights: table }) : packedRows(table),
      ),
    );
    const layers = [...model.bottom, ...model.top];
    if (products !== "int8") {
      const place = ({ bias, weight }: PackedLayer): ResidentLayer =>
        placing.layer(dequantized(weight), dequantized(bias));
      return { tables, layers: layers.map(place) };
    }
    const codes = layersOf(spec).map(({ inputs, outputs }, k) =>
      placing.codeLayer(codeLayer(layers[k].weight, inputs, outputs), dequantized(layers[k].bias)),
    );
    return { tables, layers: [], codes };
  });
  const halves = products === "float16";
  const plan = new DeviceInferencePlan(host, { shape, model: placed, maxBatch: options.maxBatch, halves });
  host.disposeWith(plan, residents);
  return plan;
}

function isZoned(table: PackedRows | Float32Array): boolean {
  return !(table instanceof Float32Array) && isDeadZone(table.format.scheme);
}

/** Products in f16 need an adapter that has them. */
function servesProducts(products: ProductPrecision, { halves }: Host): boolean {
  return products === "float32" || products === "int8" || (products === "float16" && halves);
}

interface ServedPlan {
  readonly shape: ModelShape;
  readonly model: ResidentModel;
  readonly maxBatch: number;
  readonly halves: boolean;
}

class DeviceInferencePlan implements InferencePlan {
  readonly backend = "webgpu";
  readonly #host: Host;
  readonly #shape: ModelShape;
  readonly #model: ResidentModel;
  readonly #maxBatch: number;
  readonly #halves: boolean;

  constructor(host: Host, { halves, maxBatch, model, shape }: ServedPlan) {
    this.#host = host;
    this.#halves = halves;
    this.#shape = shape;
    this.#model = model;
    this.#maxBatch = maxBatch;
  }

  infer(batch: Batch, dst: Float32Array): void {
    const { features, spec } = this.#shape;
    const { size } = batch;
    checkBatch("infer", spec, batch, this.#maxBatch);
    checkLength("infer", "predictions", dst.length, size);
    const program = createProgramBuilder();
    const cut = planBatch(spec, features, batch, false);
    const model = this.#model;
    const layers = floatLayers(program, model);
    const context = { program, shape: this.#shape, model, layers, batch: cut, halves: this.#halves };
    const { codes } = model;
    const forward = addForward(
      codes === undefined ? context : { ...context, codes: codeLayers(program, codes) },
    );
    const logits = new Float32Array(size);
    const predictions = new Float32Array(size);
    program.read(forward.logits, logits.byteLength);
    program.read(forward.predictions, predictions.byteLength);
    this.#host.run(program.build(), [logits, predictions]);
    checkFinite("logit", logits, 0, size);
    dst.set(predictions);
  }
}
