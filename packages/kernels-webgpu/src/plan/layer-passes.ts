import { MIN_PEAK } from "@dqrm/core";
import { blockGroups } from "../ops/absmax.ts";
import { layersOf, type ModelShape } from "./model-shape.ts";
import type { ProgramBuilder } from "./program-builder.ts";
import type { ResidentModel } from "./resident-table.ts";

/** Names the buffers of a layer's weights as the forward pass sees them. */
export interface ServedLayer {
  readonly weight: number;
  readonly bias: number;
  readonly biased: boolean;
}

/** Gives the layers as they are, of a model that quantizes none, or whose layers were dequantized. */
export function floatLayers(program: ProgramBuilder, { layers }: ResidentModel): readonly ServedLayer[] {
  return layers.map(({ bias, biased, weight }) => ({
    weight: program.resident(weight),
    bias: program.resident(bias),
    biased,
  }));
}

/**
 * Adds the weights that a forward pass of training sees: the masters, or what their codes stand for. `refusal` is raised
 * where a weight is not finite.
 */
export function addLayers(
  program: ProgramBuilder,
  { spec }: ModelShape,
  model: ResidentModel,
  refusal: number,
): readonly ServedLayer[] {
  const masters = floatLayers(program, model);
  const { linearQuantization: quantization } = spec;
  if (quantization.kind === "none") return masters;
  const codes = [{ f32: 2 ** (quantization.bits - 1) }, { f32: MIN_PEAK }];
  return layersOf(spec).map(({ inputs, outputs }, k) => {
    const { bias, weight } = masters[k];
    const perOutput = quantization.granularity === "channel";
    const [blocks, length] = perOutput ? [outputs, inputs] : [1, outputs * inputs];
    const peaks = program.floats(blocks);
    const all = program.data(Uint32Array.from({ length: blocks }, (_, block) => block));
    const groups = blockGroups(blocks);
    program.pass(
      "block-peaks",
      [blocks, length, outputs * inputs, groups[0], 0],
      [weight, all, peaks],
      groups,
    );
    program.pass("find-non-finite", [blocks], [peaks, refusal], blocks);
    const quantized = (src: number, count: number, span: number): number => {
      const dst = program.floats(count);
      program.pass("fake-quantize-rows", [count, span, ...codes], [src, peaks, dst], count);
      return dst;
    };
    return {
      weight: quantized(weight, outputs * inputs, length),
      bias: quantization.bias === "same" ? quantized(bias, outputs, perOutput ? 1 : outputs) : bias,
      biased: true,
    };
  });
}
