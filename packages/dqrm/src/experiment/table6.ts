import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";
import { FLOATS, gradientAssignments, naive } from "./gradient-variants.ts";

const SENDERS = 4;

const variant = (
  name: string,
  rows: typeof FLOATS,
  layers: typeof FLOATS,
  more: { readonly errorFeedback?: boolean; readonly paper?: readonly string[] } = {},
): Experiment["variants"][number] => ({
  name,
  assignments: gradientAssignments({ rows, layers, errorFeedback: more.errorFeedback ?? false }, SENDERS),
  ...(more.paper === undefined ? {} : { paper: more.paper }),
});

/**
 * Quantizes the gradients of embeddings and of layers, with and without error feedback.
 *
 * @source DQRM Table 6; Table 6 of the draft for the bits of embedding gradients, whose runs are in the code's history
 */
export const table6: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Bits of gradients, of embeddings and of layers",
  source: "DQRM Table 6: Criteo Kaggle on four A5000; the draft's Table 6 for embeddings in INT16 and INT4",
  expectation:
    "INT8 gradients of embeddings lose little, of layers more; error feedback brings most of it back. INT4 to nearest loses most.",
  paperColumns: ["accuracy", "AUC"],
  parts: ["messages"],
  variants: [
    variant("floats", FLOATS, FLOATS, { paper: ["78.897 %", "0.8035"] }),
    variant("embeddings INT16", naive("int16"), FLOATS, { paper: ["78.878 %", "0.8032"] }),
    variant("embeddings INT8", naive("int8"), FLOATS, { paper: ["78.858 %", "0.8023"] }),
    variant("embeddings INT4", naive("int4"), FLOATS, { paper: ["78.400 %", "0.7921"] }),
    variant("embeddings INT4 at random", { ...naive("int4"), rounding: "stochastic" }, FLOATS),
    variant("embeddings and layers INT8", naive("int8"), naive("int8"), { paper: ["78.608 %", "0.7974"] }),
    variant("… with error feedback", naive("int8"), naive("int8"), {
      errorFeedback: true,
      paper: ["78.840 %", "0.8023"],
    }),
    variant("layers INT4", FLOATS, naive("int4")),
    variant("layers INT4 with error feedback", FLOATS, naive("int4"), { errorFeedback: true }),
  ],
};
