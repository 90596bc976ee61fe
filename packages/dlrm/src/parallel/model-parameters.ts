import { rowCodec, type MessageParameter } from "@dqrm/comm";
import { projectionLayers, type LayerSpec, type ModelSpec } from "@dqrm/core";
import type { GradientCodecs } from "./gradient-codecs.ts";
import { layerOwners, type LayerSum } from "./layer-sum.ts";

/** Says which gradient of a plan a parameter of a message is. */
export type ParameterPlace =
  | { readonly kind: "tables" | "poolingWeights"; readonly index: number }
  | {
      readonly kind: "bottom" | "top" | "projections";
      readonly index: number;
      readonly part: "weight" | "bias";
    }
  | { readonly kind: "loss" | "stop" };

/** Describes a parameter whose gradient travels, and where in a plan's gradients it stands. */
export interface ModelParameter extends MessageParameter {
  readonly place: ParameterPlace;
}

/** A layer with so many values is encoded while what stands before it is on its way. */
const OWN_MESSAGE_VALUES: number = 2 ** 16;

/** The mean loss travels with the gradients, so that every worker knows that of the whole batch; so does a wish to stop. */
const numberCodec = rowCodec({
  values: "float32",
  scale: { kind: "tensor" },
  rounding: "nearest",
  entropy: false,
});

/**
 * Lists what workers send of a model, in the order in which a plan finishes it: the top layers, in messages of their own, tables,
 * learned pooling weights, the bottom layers, projections, the loss, and whether to stop. Layers and projections have owners where
 * `layerSum` says so.
 *
 * @shape a layer's weight: outputs rows of inputs; its bias: outputs rows of one
 *
 * ```ts doctest
 * import { buildModelSpec, gradientCodecs, gradientPresets, modelParameters, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * modelParameters(spec, gradientCodecs(gradientPresets.int4)).map(({ name }) => name).slice(0, 3);
 * // => ["top 0 weight", "top 0 bias", "top 1 weight"]
 * ```
 */
export function modelParameters(
  spec: ModelSpec,
  codecs: GradientCodecs,
  layerSum: LayerSum = "gather",
): readonly ModelParameter[] {
  const { rows } = codecs;
  const tables = spec.tables.map(({ cols, name, rows: count }, index): ModelParameter => ({
    name: `table ${name}`,
    rows: count,
    cols,
    codec: rows,
    place: { kind: "tables", index },
  }));
  const pooling = spec.tables.flatMap(({ name, poolingWeights, rows: count }, index): ModelParameter[] =>
    poolingWeights === "learned"
      ? [
          {
            name: `pooling ${name}`,
            rows: count,
            cols: 1,
            codec: rows,
            place: { kind: "poolingWeights", index },
          },
        ]
      : [],
  );
  const stack = (kind: LayerKind, specs: readonly LayerSpec[]): readonly ModelParameter[] =>
    specs.flatMap((layer, index) => layerParameters({ kind, index, layer }, codecs, layerSum));
  const [first, ...others]: readonly ModelParameter[] = [
    ...tables,
    ...pooling,
    ...stack("bottom", spec.bottom),
    ...stack("projections", projectionLayers(spec)),
    { name: "loss", rows: 1, cols: 1, codec: numberCodec, place: { kind: "loss" } },
    { name: "stop", rows: 1, cols: 1, codec: numberCodec, place: { kind: "stop" } },
  ];
  return [...stack("top", spec.top), { ...first, beginsMessage: true }, ...others];
}

type LayerKind = "bottom" | "top" | "projections";

interface PlacedLayer {
  readonly kind: LayerKind;
  readonly index: number;
  readonly layer: LayerSpec;
}

/** A projection has no bias. */
function layerParameters(
  { index, kind, layer: { inputs, outputs } }: PlacedLayer,
  codecs: GradientCodecs,
  layerSum: LayerSum,
): readonly ModelParameter[] {
  const { biases, layers } = codecs;
  const weight: ModelParameter = {
    name: `${kind} ${index} weight`,
    rows: outputs,
    cols: inputs,
    codec: layers,
    ...layerOwners(layerSum, layers, codecs),
    ...(inputs * outputs < OWN_MESSAGE_VALUES ? {} : { beginsMessage: true }),
    place: { kind, index, part: "weight" },
  };
  const bias: ModelParameter = {
    name: `${kind} ${index} bias`,
    rows: outputs,
    cols: 1,
    codec: biases,
    ...layerOwners(layerSum, biases, codecs),
    place: { kind, index, part: "bias" },
  };
  return kind === "projections" ? [weight] : [weight, bias];
}
