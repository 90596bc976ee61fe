// What serving a packed model needs and gives, whatever instruction set it is compiled for.
#pragma once

#include <vector>

#include "../ops/arguments.h"
#include "plan.h"

namespace dqrm {

/** Rows as they are served: floats, or codes with their scales, read in place. */
struct ServedRows {
  std::int64_t rows;
  int cols;
  /** Bits of a code, 0 for floats. */
  int bits;
  /** What codes stand for, by the numbers of table files. */
  int scheme;
  /** Neighbours of a row that share a scale. */
  int spanCols;
  /** Scales from one row to the next; 0 when one serves all rows. */
  int scaleStep;
  const std::uint8_t* codes;
  const float* scale;
  const float* bias;
  const float* floats;
  /** Codes count up from a bias. */
  bool biased() const { return scheme == kAsymmetric; }
  /** Codes name levels between a threshold and a top. */
  bool zoned() const { return scheme == kDeadZone || scheme == kDeadZoneLog; }
};

/** One embedding table. */
struct ServedTable {
  ServedRows rows;
  bool mean;
};

/** One linear layer: `outputs` rows of `inputs` columns, and as many biases of one column. */
struct ServedLayer {
  int inputs;
  int outputs;
  Activation activation;
  ServedRows weight;
  ServedRows bias;
};

/** A whole model, ready to be served. */
struct InferenceModel {
  int denseFeatures;
  int maxBatch;
  bool concatenate;
  bool itself;
  double threshold;
  /** Layers multiply whole numbers of 8 bits; otherwise floats. */
  bool wholeProducts;
  std::vector<ServedTable> tables;
  /** The table of each feature, in the order of the interaction. */
  std::vector<int> features;
  std::vector<ServedLayer> bottom;
  std::vector<ServedLayer> top;
};

/** Names the first sample whose logit is not finite. */
struct RefusedLogit {
  int sample;
  float logit;
};

/** Serves one model. Calls of one plan must not overlap. */
class InferencePlan {
 public:
  virtual ~InferencePlan() = default;
  /** Writes the probability of each sample, unless the status says otherwise. */
  virtual Status infer(const Batch& batch, float* predictions) = 0;
  /** Belongs to the last call that returned Status::notFinite. */
  virtual RefusedLogit refused() const = 0;
  virtual void takeStages(double* seconds) = 0;
};

}  // namespace dqrm
