import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";
import { FLOATS, gradientAssignments, naive } from "./gradient-variants.ts";

const SENDERS = 4;
const send = (rows: typeof FLOATS, layers: typeof FLOATS): ReturnType<typeof gradientAssignments> =>
  gradientAssignments({ rows, layers, errorFeedback: false }, SENDERS);

/**
 * Asks whether gradients of embeddings or of layers bear fewer bits.
 *
 * @source DQRM Figure 4 (Figure 2 c and d of the draft): naive quantization of gradients, simulated data parallelism
 */
export const figure2cd: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Which gradients bear few bits",
  source: "DQRM Figure 4 (Figure 2 c and d of the draft): Criteo Kaggle, to nearest, no error feedback",
  expectation: "Fewer bits cost AUC, and layers suffer more than embeddings.",
  paperColumns: ["AUC at the end"],
  parts: ["messages"],
  variants: [
    { name: "floats", assignments: send(FLOATS, FLOATS), paper: ["0.8055"] },
    { name: "all INT16", assignments: send(naive("int16"), naive("int16")), paper: ["0.799"] },
    { name: "all INT8", assignments: send(naive("int8"), naive("int8")), paper: ["0.796"] },
    { name: "embeddings INT16", assignments: send(naive("int16"), FLOATS), paper: ["0.8035"] },
    { name: "layers INT16", assignments: send(FLOATS, naive("int16")), paper: ["0.800"] },
    { name: "embeddings INT4", assignments: send(naive("int4"), FLOATS) },
    { name: "layers INT4", assignments: send(FLOATS, naive("int4")) },
  ],
};
