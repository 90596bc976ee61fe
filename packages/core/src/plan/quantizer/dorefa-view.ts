import type { TableQuantization, TableSpec } from "../model-spec.ts";
import { dorefaFormat } from "./packed-table-format.ts";
import type { RowView } from "./row-view.ts";

/**
 * Prepares the view of DoReFa: weights go through tanh onto equal steps between −a and a.
 *
 * The peak of tanh is the tanh of the peak, which the table's range knows: no pass over the table, no dense copy. Range
 * "table" has a = absmax; "unit" is the form of the authors' baseline, which blows tables of weights around 0.1 up to 1.
 *
 * @units v = f32(tanh(w)·(a/tanh(absmax))), code = round((v + a)/scale), scale = 2a/(2^bits − 1), weight = code·scale − a
 * @source Zhou et al., DoReFa-Net, 2016; the authors' quant_pact_dorefa.py
 */
export function dorefaView(
  { cols }: TableSpec,
  { bits, range }: Extract<TableQuantization, { kind: "dorefa" }>,
): RowView {
  const steps = 2 ** bits - 1;
  const scale = new Float32Array(1);
  const bias = new Float32Array(1);
  let ratio = 1;
  return {
    format: dorefaFormat(bits, cols),
    scale,
    bias,
    use(peak) {
      const bound = range === "table" ? peak : 1;
      scale[0] = (2 * bound) / steps;
      bias[0] = -bound;
      ratio = bound / Math.tanh(peak);
    },
    map(_rows, values, begin, end) {
      for (let i = begin * cols; i < end * cols; i++) values[i] = Math.tanh(values[i]) * ratio;
    },
  };
}
