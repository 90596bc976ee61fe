// A whole training step in two parallel phases with one barrier between them.
//
// Phase 1, each thread over its own samples: forward, loss, and back to every activation. Phase 2, each piece of work to
// whichever thread is free: the weight gradients of some panels of a layer, applied while they are in registers, or the
// rows of one table. A piece is computed by one thread in the order of the samples, so that the bits of the result do not
// depend on the number of threads.
#pragma once

#include <atomic>
#include <memory>

#include "lookup.h"
#include "network.h"
#include "row-update.h"
#include "stage-clock.h"

namespace dqrm {
namespace DQRM_ISA {

/** Most panels whose gradients one thread sums together: they read the same packed samples. */
constexpr int kGroupPanels = 8;

/** What one thread has for itself, on cache lines of its own. */
struct alignas(64) Worker {
  Worker(const TrainingModel& model, int vectors, int cols)
      : interaction(vectors, cols, model.concatenate, model.itself), row(static_cast<std::size_t>(cols) + kLanes) {}

  Interaction interaction;
  Numbers<float> row;
  Numbers<float> partial;
  /** Inputs of products that multiply pairs. */
  Numbers<float> pairs;
  RowGradients rowGradients;
  StageClock clock;
  PeakBits inputPeak;
  PeakBits gradientPeak;
  float weightPeak;
  bool singles;
  Status status;
};

/** One piece of phase 2: panels [first, last) of a layer, or a table. */
struct Piece {
  Layer* layer;
  Rows x;
  Rows dy;
  int first;
  int last;
  std::size_t feature;
};

class FusedTrainingPlan final : public TrainingPlan {
 public:
  FusedTrainingPlan(const TrainingModel& model, Pool& pool)
      : model_(model),
        pool_(pool),
        cols_(model.bottom.back().outputs),
        vectors_(static_cast<int>(model.features.size()) + 1),
        network_(model_),
        lookup_(model_, bags_),
        losses_(static_cast<std::size_t>(model.maxBatch)),
        errors_(0) {
    for (const int table : model_.features) bags_.emplace_back(model_.tables[table].rows, model_.maxBatch);
    for (int t = 0; t < pool.threads(); t++) {
      workers_.push_back(std::make_unique<Worker>(model_, vectors_, cols_));
      workers_.back()->pairs = Numbers<float>(network_.scratchSize());
      serving_.emplace_back(model_, vectors_, cols_, crossed(), kChunk, false);
    }
    wholes_ = network_.scaledAsAWhole();
    network_.importArrays();
  }

  void importLayers() override { network_.importArrays(); }
  void exportLayers() override { network_.exportArrays(); }
  void takeStages(double* seconds) override { workers_[0]->clock.take(seconds); }

  void scanRanges() override {
    for (const TableArrays& table : model_.tables) {
      if (table.tree != nullptr) scanRange(table);
    }
  }

  Status step(const Batch& batch, float rate, double* meanLoss) override {
    begin(batch);
    makeRoom(batch.size);
    rule_ = {model_.optimizer, rate, model_.epsilon};
    next_.store(0, std::memory_order_relaxed);
    pool_.run([](void* self, int t) { static_cast<FusedTrainingPlan*>(self)->trainOn(t); }, this);
    const Status status = worst();
    if (status != Status::done) return status;
    refreshWholes();
    double sum = 0;
    for (int s = 0; s < batch.size; s++) sum += losses_[s];
    *meanLoss = sum / batch.size;
    return Status::done;
  }

  Status infer(const Batch& batch, float* predictions) override {
    begin(batch);
    predictions_ = predictions;
    const auto work = [](void* self, int t) { static_cast<FusedTrainingPlan*>(self)->serveOn(t); };
    // A few samples are served before another thread has woken up.
    if (batch.size < kChunk) {
      alone_ = true;
      work(this, 0);
      alone_ = false;
    } else {
      pool_.run(work, this);
    }
    return worst();
  }

 private:
  int crossed() const { return workers_.empty() ? 0 : workers_[0]->interaction.outputs(); }
  int threads() const { return alone_ ? 1 : pool_.threads(); }
  /** Samples of thread t: [share(t), share(t + 1)), whole chunks of samples for all but the last. */
  int share(int t) const { return static_cast<int>(static_cast<std::int64_t>(batch_->size) * t / threads()); }

  void begin(const Batch& batch) {
    batch_ = &batch;
    errors_.store(0, std::memory_order_relaxed);
    for (std::size_t f = 0; f < bags_.size(); f++) bags_[f].reserve(batch.bags[f], batch.size);
    lookup_.begin();
    for (auto& worker : workers_) {
      worker->status = Status::done;
      worker->inputPeak = worker->gradientPeak = noPeak();
      worker->weightPeak = 1;
    }
  }

  void scanRange(const TableArrays& table) {
    scanned_ = &table;
    std::fill(table.tree, table.tree + 2 * table.leaves, 0.0f);
    std::fill(table.dirty, table.dirty + blockCount(table), 0);
    next_.store(0, std::memory_order_relaxed);
    pool_.run([](void* self, int) { static_cast<FusedTrainingPlan*>(self)->scanBlocks(); }, this);
    for (std::int64_t node = table.leaves - 1; node > 0; node--) setNode(table.tree, node);
  }

  void refreshWholes() {
    if (wholes_.empty()) return;
    next_.store(0, std::memory_order_relaxed);
    pool_.run(
        [](void* self, int) {
          FusedTrainingPlan& plan = *static_cast<FusedTrainingPlan*>(self);
          for (std::size_t n = plan.next_.fetch_add(1); n < plan.wholes_.size(); n = plan.next_.fetch_add(1)) {
            plan.wholes_[n]->refreshAll();
          }
        },
        this);
  }

  void scanBlocks() {
    const TableArrays& table = *scanned_;
    const std::size_t blocks = static_cast<std::size_t>(blockCount(table));
    for (std::size_t block = next_.fetch_add(1); block < blocks; block = next_.fetch_add(1)) {
      const std::int64_t first = static_cast<std::int64_t>(block) * kBlockRows;
      const std::int64_t rows = std::min<std::int64_t>(kBlockRows, table.rows - first);
      table.tree[table.leaves + block] =
          peakOfSpan(table.weights + first * table.cols, static_cast<int>(rows * table.cols));
    }
  }

  void makeRoom(int samples) {
    if (samples <= room_) return;
    room_ = std::min(model_.maxBatch, std::max(samples, 2 * room_));
    activations_ = Activations(model_, vectors_, cols_, crossed(), static_cast<std::size_t>(room_), true);
    plan();
  }

  /** Lists the pieces of phase 2, the largest first, so that the last to be taken are small. */
  void plan() {
    pieces_.clear();
    for (std::size_t k = 0; k < network_.top.size(); k++) {
      addPieces(network_.top[k], k == 0 ? activations_.interaction : activations_.top[k - 1], activations_.dtop[k]);
    }
    for (std::size_t k = 0; k < network_.bottom.size(); k++) {
      addPieces(network_.bottom[k], k == 0 ? activations_.dense : activations_.bottom[k - 1], activations_.dbottom[k]);
    }
    std::stable_sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) { return cost(a) > cost(b); });
    for (std::size_t f = 0; f < bags_.size(); f++) pieces_.push_back({nullptr, {}, {}, 0, 0, f});
    std::size_t scratch = 0;
    for (const Piece& piece : pieces_) {
      if (piece.layer != nullptr) scratch = std::max(scratch, piece.layer->scratchSize(piece.last - piece.first));
    }
    for (auto& worker : workers_) worker->partial = Numbers<float>(scratch);
  }

  static std::size_t cost(const Piece& piece) {
    return static_cast<std::size_t>(piece.last - piece.first) * piece.layer->inputs();
  }

  void addPieces(Layer& layer, const Rows& x, const Rows& dy) {
    const int group = std::clamp((layer.panels() + pool_.threads() - 1) / pool_.threads(), 1, kGroupPanels);
    for (int p = 0; p < layer.panels(); p += group) {
      pieces_.push_back({&layer, x, dy, p, std::min(p + group, layer.panels()), 0});
    }
  }

  void fail(Worker& worker, Status status) {
    worker.status = status;
    errors_.fetch_add(1, std::memory_order_relaxed);
  }

  Status worst() const {
    for (const auto& worker : workers_) {
      if (worker->status != Status::done) return worker->status;
    }
    return Status::done;
  }

  /** Checks and copies the samples of one thread. */
  Status stage(Worker& worker, const Activations* a, int begin, int end, bool labelled) {
    const int width = model_.denseFeatures;
    PeakBits peak = noPeak();
    const float* dense = batch_->dense + static_cast<std::size_t>(begin) * width;
    const std::size_t count = static_cast<std::size_t>(end - begin) * width;
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) peak = raise(peak, load(dense + i));
    if (i < count) peak = raise(peak, loadFirst(dense + i, static_cast<int>(count - i)));
    if (!std::isfinite(peakOf(peak))) return Status::badSample;
    worker.inputPeak = higher(worker.inputPeak, peak);
    if (labelled) {
      for (int s = begin; s < end; s++) {
        if (!(batch_->labels[s] >= 0 && batch_->labels[s] <= 1)) return Status::badSample;
      }
    }
    for (std::size_t f = 0; f < bags_.size(); f++) {
      if (!bags_[f].stage(batch_->bags[f], begin, end, &worker.weightPeak)) return Status::badBags;
    }
    worker.singles = lookup_.areSingles(begin, end);
    if (a != nullptr) copyDense(*a, begin, begin, end);
    return Status::done;
  }

  void copyDense(const Activations& a, int row, int begin, int end) const {
    const int width = model_.denseFeatures;
    for (int s = begin; s < end; s++) {
      const float* from = batch_->dense + static_cast<std::size_t>(s) * width;
      float* to = a.dense.row(row + s - begin);
      std::copy(from, from + width, to);
      if (network_.rounds()) roundRowToBfloat16(to, width);
    }
  }

  void trainOn(int t) {
    Worker& worker = *workers_[t];
    const int begin = share(t), end = share(t + 1);
    worker.clock.begin();
    const Status staged = stage(worker, &activations_, begin, end, true);
    if (staged != Status::done) fail(worker, staged);
    for (int s = begin; s < end && worker.status == Status::done; s += kChunk) {
      trainChunk(worker, s, std::min(kChunk, end - s));
    }
    worker.clock.charge(kLoss);
    pool_.barrier();
    worker.clock.charge(kWait);
    if (errors_.load(std::memory_order_relaxed) > 0) return;
    if (!provenFinite()) {
      // All threads come to the same answer; the first one tells the caller.
      if (t == 0) worker.status = Status::unproven;
      return;
    }
    updateOn(worker);
    worker.clock.charge(kWait);
  }

  void trainChunk(Worker& worker, int first, int samples) {
    const Activations& a = activations_;
    lookup_.prefetchFirst(first, first + samples);
    network_.runBottom(a, first, samples, &worker.inputPeak, worker.pairs.data());
    worker.clock.charge(kBottomForward);
    lookup_.gather(first, first + samples, worker.singles, a.vectors.row(first), a.vectors.step, worker.row.data());
    worker.clock.charge(kLookup);
    cross(worker, a, first, samples);
    worker.clock.charge(kInteraction);
    network_.runTop(a, first, samples, &worker.inputPeak, worker.pairs.data());
    worker.clock.charge(kTopForward);
    if (!takeLosses(a, first, samples)) return fail(worker, Status::notFinite);
    worker.clock.charge(kLoss);
    network_.runTopBackward(a, first, samples, &worker.gradientPeak, worker.pairs.data());
    worker.clock.charge(kTopBackward);
    for (int s = first; s < first + samples; s++) {
      worker.interaction.backward(a.vectors.row(s), a.dinteraction.row(s), a.dvectors.row(s),
                                  &worker.gradientPeak);
    }
    worker.clock.charge(kInteractionBackward);
    network_.runBottomBackward(a, first, samples, &worker.gradientPeak, worker.pairs.data());
    worker.clock.charge(kBottomBackward);
  }

  void cross(Worker& worker, const Activations& a, int first, int samples) const {
    const int width = worker.interaction.outputs();
    PeakBits peak = worker.inputPeak;
    for (int s = first; s < first + samples; s++) {
      float* out = a.interaction.row(s);
      worker.interaction.forward(a.vectors.row(s), out);
      int c = 0;
      for (; c + kLanes <= width; c += kLanes) peak = raise(peak, load(out + c));
      if (c < width) peak = raise(peak, loadFirst(out + c, width - c));
      if (network_.rounds()) roundRowToBfloat16(out, width);
    }
    worker.inputPeak = peak;
  }

  bool takeLosses(const Activations& a, int first, int samples) {
    for (int s = first; s < first + samples; s++) {
      const float logit = a.top.back().row(s)[0];
      if (!std::isfinite(logit)) return false;
      const SampleLoss sample = lossOf(model_, logit, batch_->labels[s], batch_->size);
      losses_[s] = sample.loss;
      a.dtop.back().row(s)[0] = static_cast<float>(sample.gradient);
      if (network_.rounds()) roundRowToBfloat16(a.dtop.back().row(s), 1);
    }
    return true;
  }

  /**
   * Tells whether no gradient can be infinite: each is a sum of at most `terms` products of an input and a gradient that
   * the peaks bound, with room for what the sums themselves round.
   */
  bool provenFinite() const {
    float input = 1, gradient = 0, weight = 1;
    std::int64_t terms = batch_->size;
    for (const auto& worker : workers_) {
      input = larger(input, peakOf(worker->inputPeak));
      gradient = larger(gradient, peakOf(worker->gradientPeak));
      weight = larger(weight, worker->weightPeak);
    }
    for (std::size_t f = 0; f < bags_.size(); f++) {
      terms = std::max<std::int64_t>(terms, bags_[f].terms(batch_->size));
    }
    const double bound = 2.0 * static_cast<double>(terms) * input * weight * gradient;
    return bound < 3e38;
  }

  /** NaN counts as the largest. */
  static float larger(float a, float b) { return a >= b ? a : b; }

  /** What the next piece to be taken reads first; whoever comes later finds the same, or the same inputs. */
  PanelRows nextRows() const {
    const std::size_t n = next_.load(std::memory_order_relaxed);
    if (n >= pieces_.size() || pieces_[n].layer == nullptr) return {};
    const Piece& piece = pieces_[n];
    return {piece.x, {piece.dy.data + piece.first * kPanel, piece.dy.step}};
  }

  void updateOn(Worker& worker) {
    for (std::size_t n = next_.fetch_add(1); n < pieces_.size(); n = next_.fetch_add(1)) {
      const Piece& piece = pieces_[n];
      if (piece.layer != nullptr) {
        piece.layer->update(piece.x, piece.dy, batch_->size, piece.first, piece.last, rule_, worker.partial.data(), nextRows());
        worker.clock.charge(kLayerUpdate);
        continue;
      }
      const std::size_t f = piece.feature;
      const Rows de = {activations_.dvectors.data + (f + 1) * cols_, activations_.dvectors.step};
      updateTable(model_.tables[model_.features[f]], rule_, bags_[f], de, batch_->size, worker.rowGradients);
      worker.clock.charge(kRowUpdate);
    }
  }

  void serveOn(int t) {
    Worker& worker = *workers_[t];
    const int begin = share(t), end = share(t + 1);
    worker.clock.begin();
    const Status staged = stage(worker, nullptr, begin, end, false);
    if (staged != Status::done) return fail(worker, staged);
    const Activations& a = serving_[t];
    for (int s = begin; s < end; s += kChunk) {
      const int samples = std::min(kChunk, end - s);
      copyDense(a, 0, s, s + samples);
      lookup_.prefetchFirst(s, s + samples);
      network_.runBottom(a, 0, samples, &worker.inputPeak, worker.pairs.data());
      worker.clock.charge(kBottomForward);
      lookup_.gather(s, s + samples, worker.singles, a.vectors.data, a.vectors.step, worker.row.data());
      worker.clock.charge(kLookup);
      cross(worker, a, 0, samples);
      worker.clock.charge(kInteraction);
      network_.runTop(a, 0, samples, &worker.inputPeak, worker.pairs.data());
      worker.clock.charge(kTopForward);
      for (int i = 0; i < samples; i++) {
        const float logit = a.top.back().row(i)[0];
        if (!std::isfinite(logit)) return fail(worker, Status::notFinite);
        predictions_[s + i] = static_cast<float>(predict(model_.threshold, logit));
      }
      worker.clock.charge(kLoss);
    }
  }

  TrainingModel model_;
  Pool& pool_;
  int cols_, vectors_;
  Network network_;
  std::vector<StagedBags> bags_;
  Lookup lookup_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Activations> serving_;
  Activations activations_;
  std::vector<Piece> pieces_;
  std::vector<Layer*> wholes_;
  Numbers<double> losses_;
  int room_ = 0;
  bool alone_ = false;
  UpdateRule rule_{};
  const Batch* batch_ = nullptr;
  const TableArrays* scanned_ = nullptr;
  float* predictions_ = nullptr;
  std::atomic<int> errors_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace DQRM_ISA
}  // namespace dqrm
