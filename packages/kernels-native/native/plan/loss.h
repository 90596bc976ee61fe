// The loss of click predictions and its gradient, in double as the reference computes them.
#pragma once

#include <algorithm>
#include <cmath>

#include "plan.h"

namespace dqrm {
namespace DQRM_ISA {

/** What one sample's logit comes to. */
struct SampleLoss {
  double prediction;
  double loss;
  /** Of the mean loss of the batch with respect to the logit. */
  double gradient;
};

/** sigmoid(logit) within the threshold. */
inline double predict(double threshold, double logit) {
  const double p = 1 / (1 + std::exp(-logit));
  if (threshold == 0) return p;
  return std::min(std::max(p, threshold), 1 - threshold);
}

inline SampleLoss lossOf(const TrainingModel& model, double logit, double label, int samples) {
  /** A prediction of exactly 0 or 1 has no finite logarithm. */
  constexpr double kLeastLog = -100;
  // Both probabilities come from the logit: 1 − p would lose the digits of a p near 1.
  double p = 1 / (1 + std::exp(-logit));
  double q = 1 / (1 + std::exp(logit));
  const bool squared = model.loss == LossKind::mse;
  double slope = squared ? 2 * (p - label) * p * q : p - label;
  if (p < model.threshold || q < model.threshold) {
    slope = 0;
    p = p < model.threshold ? model.threshold : 1 - model.threshold;
    q = 1 - p;
  }
  const double weight = model.loss == LossKind::wbce ? model.labelWeights[label < 1 ? 0 : 1] : 1;
  if (squared) return {p, (p - label) * (p - label), weight * slope / samples};
  const double entropy = -label * std::max(std::log(p), kLeastLog) - (1 - label) * std::max(std::log(q), kLeastLog);
  return {p, weight * entropy, weight * slope / samples};
}

}  // namespace DQRM_ISA
}  // namespace dqrm
