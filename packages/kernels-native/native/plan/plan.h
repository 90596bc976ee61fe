// What a plan is made of and what it does, whatever instruction set it is compiled for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "activation.h"
#include "pool.h"

namespace dqrm {

enum class OptimizerKind : int { sgd = 0, adagrad = 1, rowwiseAdagrad = 2 };

enum class LossKind : int { bce = 0, wbce = 1, mse = 2 };

/** What the matrix products of layers multiply; rounded numbers give the same products as floats or in pairs. */
enum class Products : int { float32 = 0, bfloat16Rounded = 1, bfloat16Pairs = 2 };

/** Says how many weights share a scale. */
enum class Granularity : int { table = 0, row = 1, group = 2 };

/** Parameters of one linear layer as the caller keeps them, row-major; optimizer arrays are null for sgd. */
struct LayerArrays {
  int inputs;
  int outputs;
  Activation activation;
  float* weight;
  float* bias;
  float* weightSquares;
  float* biasSquares;
};

/** One embedding table as the caller keeps it, in place. */
struct TableArrays {
  std::int64_t rows;
  int cols;
  bool mean;
  /** Bits of the codes that the forward pass sees, 0 for floats. */
  int bits;
  Granularity granularity;
  int groupCols;
  float* weights;
  float* squares;
  const float* scale;
  /** The peaks of blocks of rows as BlockRange keeps them; null when no scale follows them. */
  float* tree;
  std::uint8_t* dirty;
  std::int64_t leaves;
};

/** How the forward pass sees the weights of the layers. */
struct LayerQuantization {
  /** 0 for floats. */
  int bits;
  bool perChannel;
  bool quantizedBias;
};

/** A whole model, ready to be trained. */
struct TrainingModel {
  int denseFeatures;
  int maxBatch;
  std::vector<TableArrays> tables;
  /** The table of each feature, in the order of the interaction. */
  std::vector<int> features;
  std::vector<LayerArrays> bottom;
  std::vector<LayerArrays> top;
  bool concatenate;
  bool itself;
  LayerQuantization layers;
  Products products;
  LossKind loss;
  double threshold;
  std::array<double, 2> labelWeights;
  OptimizerKind optimizer;
  float epsilon;
};

/** The bags of one feature: at least size + 1 offsets; weights may be null. */
struct FeatureBags {
  const std::int32_t* indices = nullptr;
  std::int64_t indexCount = 0;
  const std::int32_t* offsets = nullptr;
  const float* weights = nullptr;
  std::int64_t weightCount = 0;
};

/** One mini-batch; arrays may be longer than `size` samples need. */
struct Batch {
  int size = 0;
  const float* dense = nullptr;
  const float* labels = nullptr;
  std::vector<FeatureBags> bags;
};

/** Says why a call changed nothing; the caller finds out where. */
enum class Status : int {
  done = 0,
  /** A dense feature or a label is not finite, or a label lies outside [0, 1]. */
  badSample = 1,
  /** An offset falls or points past the indices, or an index lies outside its table. */
  badBags = 2,
  /** A logit is NaN or infinite, or a weight that is read. */
  notFinite = 3,
  /** The gradients may not be finite: only a look at each of them can tell. */
  unproven = 4,
};

/** Seconds that the first thread spent in each stage since they were last asked for. */
enum Stage { kBottomForward, kLookup, kInteraction, kTopForward, kLoss, kTopBackward, kInteractionBackward,
             kBottomBackward, kWait, kLayerUpdate, kRowUpdate, kStages };

/** Trains one model. Calls of one plan must not overlap. */
class TrainingPlan {
 public:
  virtual ~TrainingPlan() = default;
  /** Trains on a batch; `meanLoss` is written when done. Nothing changes unless the status is done. */
  virtual Status step(const Batch& batch, float rate, double* meanLoss) = 0;
  /** Writes the probability of each sample. */
  virtual Status infer(const Batch& batch, float* predictions) = 0;
  /** Reads the layers' arrays anew. */
  virtual void importLayers() = 0;
  /** Writes the layers' arrays. */
  virtual void exportLayers() = 0;
  /** Rebuilds the peaks of every table that a scale follows, from all of its rows. */
  virtual void scanRanges() = 0;
  virtual void takeStages(double* seconds) = 0;
};

}  // namespace dqrm
