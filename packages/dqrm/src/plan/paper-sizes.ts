import type { ShapeName } from "../bench/shapes.ts";

/**
 * Holds what the papers print for a whole model, by the bits of its tables and layers.
 *
 * @source DQRM Table 3 and Figure 11 (the file of the phone: FBGEMM's rows, 8-bit layers); ROBE, abstract (mlperf)
 */
export const PAPER_SIZES: { readonly [N in ShapeName]: Readonly<Record<string, string>> } = {
  kaggle: {
    "FP32, layers FP32": "2.161 GB",
    "INT4, layers FP32": "0.271 GB",
    "INT4, layers INT4": "0.270 GB",
    "INT4 rows of FBGEMM, layers INT8": "405.65 MB",
  },
  terabyte: { "FP32, layers FP32": "12.575 GB", "INT4, layers INT4": "1.572 GB" },
  mlperf: { "FP32, layers FP32": "100 GB" },
  demo: {},
};
