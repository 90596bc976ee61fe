// Serving of a whole model in one pass: each thread takes chunks of samples through every layer.
//
// A sample's numbers depend on nothing but the sample, so that their bits depend neither on the batch, nor on the number
// of threads, nor on which of them took it.
#pragma once

#include <atomic>
#include <memory>

#include "loss.h"
#include "packed-lookup.h"
#include "serving-layers.h"
#include "stage-clock.h"

namespace dqrm {
namespace DQRM_ISA {

/** Samples that pass through all layers together: their activations stay in the second-level cache. */
constexpr int kServedChunk = 32;

/** Samples from which on another thread is worth its wake-up: with 48, one that sleeps still comes too late. */
constexpr int kSharedSamples = 64;

/** Samples of a whole tile. */
constexpr int kTile = 8;

template <class Layers>
class FusedInferencePlan final : public InferencePlan {
 public:
  FusedInferencePlan(const InferenceModel& model, Pool& pool)
      : model_(model),
        pool_(pool),
        cols_(model.bottom.back().outputs),
        vectors_(static_cast<int>(model.features.size()) + 1),
        room_(std::min(kServedChunk, model.maxBatch)),
        layers_(model_),
        lookup_(model_) {
    for (int t = 0; t < pool.threads(); t++) workers_.push_back(std::make_unique<Server>(*this));
    // The layers have copies of their own.
    model_.bottom.clear();
    model_.top.clear();
  }

  Status infer(const Batch& batch, float* predictions) override {
    batch_ = &batch;
    predictions_ = predictions;
    next_.store(0, std::memory_order_relaxed);
    for (auto& worker : workers_) worker->status = Status::done;
    const auto work = [](void* self, int t) { static_cast<FusedInferencePlan*>(self)->serveOn(t); };
    const bool shared = batch.size >= kSharedSamples;
    chunk_ = shared ? evenChunk(batch.size) : room_;
    if (shared) pool_.share(work, this);
    else work(this, 0);
    return worst();
  }

  RefusedLogit refused() const override { return refused_; }
  void takeStages(double* seconds) override { workers_[0]->clock.take(seconds); }

 private:
  /** What one thread has for itself, on cache lines of its own. */
  struct alignas(64) Server {
    explicit Server(const FusedInferencePlan& plan)
        : interaction(plan.vectors_, plan.cols_, plan.model_.concatenate, plan.model_.itself),
          buffers(plan.layers_, plan.room_),
          // Whole squares read kLanes vectors further than the last sample's.
          vectors(static_cast<std::size_t>(plan.vectors_) * plan.cols_ * plan.room_ +
                  static_cast<std::size_t>(kLanes) * plan.cols_ + kPanel),
          row(static_cast<std::size_t>(plan.cols_) + kLanes) {
      for (const int table : plan.model_.features) bags.emplace_back(plan.model_.tables[table].rows.rows, plan.room_);
    }

    Interaction interaction;
    typename Layers::Buffers buffers;
    Numbers<float> vectors;
    Numbers<float> row;
    std::vector<ChunkBags> bags;
    StageClock clock;
    Status status = Status::done;
    RefusedLogit refused{};
  };

  /** Gives chunks of which every thread can take as many, in whole tiles of samples. */
  int evenChunk(int size) const {
    const int rounds = (size - 1) / (pool_.threads() * room_) + 1, chunks = rounds * pool_.threads();
    return std::min(room_, (size - 1) / (chunks * kTile) * kTile + kTile);
  }

  void serveOn(int t) {
    Server& server = *workers_[t];
    server.clock.begin();
    for (;;) {
      const int begin = next_.fetch_add(1, std::memory_order_relaxed) * chunk_;
      if (begin >= batch_->size) break;
      const Status status = serve(server, begin, std::min(chunk_, batch_->size - begin));
      if (status == Status::done) continue;
      server.status = status;
      break;
    }
  }

  Status serve(Server& server, int begin, int samples) const {
    const Status staged = stage(server, begin, samples);
    if (staged != Status::done) return staged;
    lookup_.prefetchFirst(server.bags, samples);
    server.clock.charge(kLookup);
    const std::size_t step = static_cast<std::size_t>(vectors_) * cols_;
    const Rows vectors{server.vectors.data(), step};
    layers_.takeDense(server.buffers, batch_->dense + static_cast<std::size_t>(begin) * model_.denseFeatures, samples);
    layers_.runBottom(server.buffers, samples, vectors);
    server.clock.charge(kBottomForward);
    lookup_.gather(server.bags, {vectors.data + cols_, cols_, step, samples, server.row.data()});
    server.clock.charge(kLookup);
    layers_.cross(server.buffers, server.interaction, samples, vectors);
    server.clock.charge(kInteraction);
    const Rows logits = layers_.runTop(server.buffers, samples);
    server.clock.charge(kTopForward);
    const Status status = takePredictions(server, logits, begin, samples);
    server.clock.charge(kLoss);
    return status;
  }

  Status stage(Server& server, int begin, int samples) const {
    PeakBits peak = noPeak();
    const float* dense = batch_->dense + static_cast<std::size_t>(begin) * model_.denseFeatures;
    const std::int64_t count = static_cast<std::int64_t>(samples) * model_.denseFeatures;
    for (std::int64_t i = 0; i < count; i += kLanes) {
      const int lanes = static_cast<int>(std::min<std::int64_t>(kLanes, count - i));
      peak = raise(peak, lanes == kLanes ? load(dense + i) : loadFirst(dense + i, lanes));
    }
    if (!std::isfinite(floatOf(highest(peak)))) return Status::badSample;
    for (std::size_t f = 0; f < server.bags.size(); f++) {
      if (!server.bags[f].stage(batch_->bags[f], begin, samples)) return Status::badBags;
    }
    return Status::done;
  }

  Status takePredictions(Server& server, const Rows& logits, int begin, int samples) const {
    for (int s = 0; s < samples; s++) {
      const float logit = logits.row(s)[0];
      if (!std::isfinite(logit)) {
        server.refused = {begin + s, logit};
        return Status::notFinite;
      }
      predictions_[begin + s] = static_cast<float>(predict(model_.threshold, logit));
    }
    return Status::done;
  }

  /** What must be looked at first: a batch that does not fit, then the first of the logits. */
  Status worst() {
    Status status = Status::done;
    for (const auto& worker : workers_) {
      if (worker->status == Status::done) continue;
      const bool first = status == Status::done || worker->refused.sample < refused_.sample;
      if (worker->status != Status::notFinite) return worker->status;
      if (first) refused_ = worker->refused;
      status = worker->status;
    }
    return status;
  }

  InferenceModel model_;
  Pool& pool_;
  int cols_, vectors_, room_;
  int chunk_ = 1;
  Layers layers_;
  PackedLookup lookup_;
  std::vector<std::unique_ptr<Server>> workers_;
  const Batch* batch_ = nullptr;
  float* predictions_ = nullptr;
  RefusedLogit refused_{};
  std::atomic<int> next_{0};
};

}  // namespace DQRM_ISA
}  // namespace dqrm
