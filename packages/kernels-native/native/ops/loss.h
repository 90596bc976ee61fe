// The loss of click predictions, and the gradient of activations.
#pragma once

#include <cmath>

#include "quantize-span.h"

namespace dqrm {
namespace DQRM_ISA {

/** A prediction of exactly 0 or 1 has no finite logarithm; this floor is the reference's. */
constexpr double kLeastLog = -100;

enum class LossKind { bce, wbce, mse };

static inline double flooredLog(double p) {
  const double log = std::log(p);
  return log > kLeastLog ? log : kLeastLog;
}

static bool loss(Floats logits, Floats labels, double samples, Floats predictions, Doubles losses, Floats gradient,
                 Count kind, double threshold, double weightOf0, double weightOf1, Part part) {
  if (!isPart(part) || !(static_cast<double>(part.end) <= samples) || logits.length < part.end ||
      labels.length < part.end || predictions.length < part.end || losses.length < part.end ||
      gradient.length < part.end) {
    return false;
  }
  const bool squared = kind == static_cast<Count>(LossKind::mse);
  if (!isFinite(peakOf(logits.data + part.begin, part.end - part.begin))) return false;
  for (Count i = part.begin; i < part.end; i++) {
    const double y = labels.data[i];
    if (!(y >= 0 && y <= 1)) return false;
    const double z = logits.data[i];
    // Both probabilities come from the logit: 1 − p would lose the digits of a p near 1.
    double p = 1 / (1 + std::exp(-z));
    double q = 1 / (1 + std::exp(z));
    double slope = squared ? 2 * (p - y) * p * q : p - y;
    if (p < threshold || q < threshold) {
      slope = 0;
      p = p < threshold ? threshold : 1 - threshold;
      q = 1 - p;
    }
    const double weight = y < 1 ? weightOf0 : weightOf1;
    const double entropy = -y * flooredLog(p) - (1 - y) * flooredLog(q);
    predictions.data[i] = static_cast<float>(p);
    losses.data[i] = squared ? (p - y) * (p - y) : weight * entropy;
    gradient.data[i] = static_cast<float>((weight * slope) / samples);
  }
  return true;
}

static bool activationBackward(Floats y, Floats dy, Count activation, Part part) {
  if (!isPart(part) || y.length < part.end || dy.length < part.end) return false;
  const float* result = y.data;
  float* gradient = dy.data;
  if (activation == 1) {
    for (Count i = part.begin; i < part.end; i++) gradient[i] *= result[i] <= 0 ? 0.0f : 1.0f;
  } else if (activation == 2) {
    for (Count i = part.begin; i < part.end; i++) gradient[i] *= result[i] * (1 - result[i]);
  }
  return true;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
