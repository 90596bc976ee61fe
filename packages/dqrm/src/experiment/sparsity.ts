import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";
import { FLOATS, gradientAssignments } from "./gradient-variants.ts";

const SENDERS = 4;
const variant = (name: string, share: number, errorFeedback: boolean): Experiment["variants"][number] => ({
  name,
  assignments: gradientAssignments(
    { rows: FLOATS, layers: { ...FLOATS, codec: "topk", share }, errorFeedback },
    SENDERS,
  ),
});

/**
 * Sends fewer and fewer values of the layers' gradients.
 *
 * @source an experiment that the summary of the paper asks for: ratios of sparsification
 */
export const sparsity: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Shares of the layers' gradients that are sent",
  source: "the summary of the paper asks for sparsification ratios; Lin et al. 2018 send 0.1 to 1 %",
  expectation: "With error feedback a tenth and a hundredth lose little; without it they lose more.",
  parts: ["messages"],
  variants: [
    variant("all", 1, true),
    variant("a tenth", 0.1, true),
    variant("a hundredth", 0.01, true),
    variant("a tenth without error feedback", 0.1, false),
    variant("a hundredth without error feedback", 0.01, false),
  ],
};
