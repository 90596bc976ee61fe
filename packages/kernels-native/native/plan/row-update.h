// Steps the rows of one table that a batch touched, and keeps the peaks of its blocks exact.
#pragma once

#include <cmath>

#include "../simd/vector.h"
#include "layer.h"
#include "row-reader.h"
#include "staged-bags.h"

namespace dqrm {
namespace DQRM_ISA {

/** Rows per block of a range, as BLOCK_ROWS of the formats. */
constexpr std::int64_t kBlockRows = 256;

/** Rows that an update asks for ahead. */
constexpr int kRowsAhead = 8;

/** Sums the gradients of one table's rows, each row once, in order of first appearance; scratch of one thread. */
class RowGradients {
 public:
  void reserve(std::size_t terms, int cols) {
    std::size_t slots = 2;
    while (slots < 2 * terms) slots *= 2;
    if (slots_.size() < slots) slots_ = Numbers<std::int32_t>(slots);
    if (rows_.size() < terms) rows_ = Numbers<std::int32_t>(terms);
    if (values_.size() < terms * cols + kLanes) values_ = Numbers<float>(terms * cols + kLanes);
    mask_ = static_cast<std::uint32_t>(slots - 1);
    shift_ = 32;
    for (std::size_t s = slots; s > 1; s /= 2) shift_--;
    std::fill(slots_.data(), slots_.data() + slots, 0);
    count_ = 0;
    cols_ = cols;
  }

  /** Adds factor · gradient to a row's sum. */
  DQRM_INLINE_MEMBER void addTerm(std::int32_t row, const float* gradient, float factor) {
    std::uint32_t slot = (static_cast<std::uint32_t>(row) * 0x9e3779b1u) >> shift_;
    while (slots_[slot] != 0) {
      const int place = slots_[slot] - 1;
      if (rows_[place] == row) return addTo(valueOf(place), gradient, factor);
      slot = (slot + 1) & mask_;
    }
    slots_[slot] = count_ + 1;
    rows_[count_] = row;
    const Vector f = splat(factor);
    float* to = valueOf(count_++);
    // Past the row's end lies the place of the next one, which is not there yet.
    for (int c = 0; c < cols_; c += kLanes) store(to + c, mul(f, loadSome(gradient + c, cols_ - c)));
  }

  int count() const { return count_; }
  std::int32_t row(int place) const { return rows_[place]; }
  const float* value(int place) const { return values_.data() + static_cast<std::size_t>(place) * cols_; }

 private:
  float* valueOf(int place) { return values_.data() + static_cast<std::size_t>(place) * cols_; }
  static Vector loadSome(const float* p, int rest) { return rest >= kLanes ? load(p) : loadFirst(p, rest); }

  void addTo(float* to, const float* gradient, float factor) {
    const Vector f = splat(factor);
    for (int c = 0; c < cols_; c += kLanes) {
      const int lanes = std::min(kLanes, cols_ - c);
      const Vector sum = add(loadSome(to + c, lanes), mul(f, loadSome(gradient + c, lanes)));
      if (lanes == kLanes) store(to + c, sum);
      else storeFirst(to + c, lanes, sum);
    }
  }

  Numbers<std::int32_t> slots_, rows_;
  Numbers<float> values_;
  std::uint32_t mask_ = 0;
  int shift_ = 31, count_ = 0, cols_ = 0;
};

static inline std::int64_t blockCount(const TableArrays& table) { return (table.rows + kBlockRows - 1) / kBlockRows; }

/** Sets an inner node of a range to the larger of its children; NaN where either is. Tells whether it changed. */
static inline bool setNode(float* tree, std::int64_t node) {
  const float left = tree[2 * node], right = tree[2 * node + 1];
  const float larger = std::isnan(left) || std::isnan(right) ? NAN : std::max(left, right);
  if (tree[node] == larger) return false;
  tree[node] = larger;
  return true;
}

/** Lets a block's peak follow a row whose own peak was `before` and is `after`, as the contract of updateRows says. */
static inline void followRow(const TableArrays& table, std::int64_t row, float before, float after) {
  const std::int64_t block = row / kBlockRows;
  float* tree = table.tree;
  const float bound = tree[table.leaves + block];
  if (std::isnan(bound)) return;
  if (after < bound) {
    if (before == bound) table.dirty[block] = 1;
    return;
  }
  table.dirty[block] = 0;
  if (after == bound) return;
  std::int64_t node = table.leaves + block;
  tree[node] = after;
  for (node /= 2; node > 0 && setNode(tree, node); node /= 2) {
  }
}

/** Steps one row. */
DQRM_INLINE void stepRow(const TableArrays& table, const UpdateRule& rule, std::int64_t row, const float* gradient) {
  float* weights = table.weights + row * table.cols;
  const Vector rate = splat(rule.rate);
  Vector damping = splat(1);
  if (rule.kind == OptimizerKind::rowwiseAdagrad) {
    double squares = 0;
    for (int c = 0; c < table.cols; c++) squares += static_cast<double>(gradient[c]) * gradient[c];
    const float sum = static_cast<float>(table.squares[row] + squares / table.cols);
    table.squares[row] = sum;
    if (squares == 0) return;
    damping = splat(std::sqrt(sum) + rule.epsilon);
  }
  const bool tracked = table.tree != nullptr;
  PeakBits before = noPeak(), after = noPeak();
  for (int c = 0; c < table.cols; c += kLanes) {
    const int lanes = std::min(kLanes, table.cols - c);
    const bool whole = lanes == kLanes;
    float* w = weights + c;
    const Vector g = whole ? load(gradient + c) : loadFirst(gradient + c, lanes);
    const Vector old = whole ? load(w) : loadFirst(w, lanes);
    Vector fresh;
    if (rule.kind == OptimizerKind::sgd) {
      fresh = fnma(rate, g, old);
    } else if (rule.kind == OptimizerKind::adagrad) {
      float* s = table.squares + row * table.cols + c;
      const Vector squares = fma(g, g, whole ? load(s) : loadFirst(s, lanes));
      if (whole) store(s, squares);
      else storeFirst(s, lanes, squares);
      fresh = whereNonzero(g, sub(old, div(mul(rate, g), add(sqrt(squares), splat(rule.epsilon)))), old);
    } else {
      fresh = sub(old, div(mul(rate, g), damping));
    }
    if (whole) store(w, fresh);
    else storeFirst(w, lanes, fresh);
    before = raise(before, old);
    after = raise(after, fresh);
  }
  if (!tracked) return;
  // Nearly every row was and stays below its block's peak: one comparison tells.
  const float bound = table.tree[table.leaves + row / kBlockRows];
  if (reaches(higher(before, after), bound)) followRow(table, row, peakOf(before), peakOf(after));
}

/** Steps every row of one table that a batch touched; `de` holds the gradient of each sample's vector. */
static void updateTable(const TableArrays& table, const UpdateRule& rule, const StagedBags& bags, const Rows& de,
                        int samples, RowGradients& gradients) {
  gradients.reserve(static_cast<std::size_t>(bags.terms(samples)), table.cols);
  const float* weights = bags.weights();
  for (int s = 0; s < samples; s++) {
    const int first = bags.begin(s), last = bags.end(s);
    const float divisor = table.mean ? static_cast<float>(last - first) : 1.0f;
    for (int i = first; i < last; i++) {
      const float factor = (weights == nullptr ? 1.0f : weights[i]) / divisor;
      gradients.addTerm(bags.indices()[i], de.row(s), factor);
    }
  }
  const int count = gradients.count();
  for (int place = 0; place < count; place++) {
    if (place + kRowsAhead < count) {
      const std::int64_t ahead = gradients.row(place + kRowsAhead);
      __builtin_prefetch(table.weights + ahead * table.cols, 1);
    }
    stepRow(table, rule, gradients.row(place), gradients.value(place));
  }
}

}  // namespace DQRM_ISA
}  // namespace dqrm
