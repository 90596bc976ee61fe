// Steps of rows and of dense parameters against their gradients: in double, rounded to f32 once.
#pragma once

#include <cmath>

#include "block-range.h"
#include "walk-bags.h"

namespace dqrm {
namespace DQRM_ISA {

enum class Rule { sgd, adagrad, rowwiseAdagrad };

static inline bool allFinite(const float* values, Count count) { return isFinite(peakOf(values, count)); }

DQRM_INLINE void stepSgd(float* weights, const float* gradient, Count count, double learningRate) {
  // Sums and differences of floats round in double and then to f32 as they do to f32 at once; sums of gradients come this way.
  if (learningRate == 1) {
    for (Count i = 0; i < count; i++) weights[i] -= gradient[i];
    return;
  }
  if (learningRate == -1) {
    for (Count i = 0; i < count; i++) weights[i] += gradient[i];
    return;
  }
  for (Count i = 0; i < count; i++) {
    weights[i] = static_cast<float>(weights[i] - learningRate * gradient[i]);
  }
}

DQRM_INLINE void stepAdagradOf(float* weights, float* state, const float* gradient, Count count, double learningRate,
                               double epsilon) {
  for (Count i = 0; i < count; i++) {
    const double g = gradient[i];
    const double sum = state[i] + g * g;
    const double stepped = weights[i] - (learningRate * g) / (std::sqrt(sum) + epsilon);
    state[i] = static_cast<float>(sum);
    // Nothing to step by; without an epsilon, 0/0 would make the weight NaN.
    weights[i] = g == 0 ? weights[i] : static_cast<float>(stepped);
  }
}

DQRM_INLINE void stepRowwise(float* weights, float* state, const float* gradient, Count cols, double learningRate,
                             double epsilon) {
  double squares = 0;
  for (Count c = 0; c < cols; c++) squares += static_cast<double>(gradient[c]) * gradient[c];
  const double sum = *state + squares / static_cast<double>(cols);
  *state = static_cast<float>(sum);
  const double rate = std::sqrt(sum) + epsilon;
  if (squares == 0) return;
  for (Count c = 0; c < cols; c++) weights[c] = static_cast<float>(weights[c] - (learningRate * gradient[c]) / rate);
}

static bool updateDense(Floats weight, Floats gradient, Floats state, double learningRate, Optimizer optimizer,
                        Part part) {
  const bool kept = optimizer.kind != static_cast<Count>(Rule::sgd);
  if (!isPart(part) || !std::isfinite(learningRate) || weight.length < part.end || gradient.length < part.end) {
    return false;
  }
  if (kept && state.length < part.end) return false;
  const Count count = part.end - part.begin;
  if (!allFinite(gradient.data + part.begin, count)) return false;
  if (kept) {
    stepAdagradOf(weight.data + part.begin, state.data + part.begin, gradient.data + part.begin, count, learningRate,
                  optimizer.epsilon);
  } else {
    stepSgd(weight.data + part.begin, gradient.data + part.begin, count, learningRate);
  }
  return true;
}

static inline bool updateFits(Floats table, Count rows, Floats state, Ints gradientRows, Floats values,
                              const Range& range, Rule rule, Count cols, Part part) {
  const Count stateCols = rule == Rule::adagrad ? cols : rule == Rule::sgd ? 0 : 1;
  if (!isPart(part) || !holds(gradientRows.length, part.end, 1) || !holds(values.length, part.end, cols)) return false;
  if (!holds(table.length, rows, cols) || !holds(state.length, rows, stateCols)) return false;
  if (range.tree.data != nullptr && !rangeFits(range, rows)) return false;
  for (Count k = part.begin; k < part.end; k++) {
    if (gradientRows.data[k] < 0 || gradientRows.data[k] >= rows) return false;
  }
  return part.begin == part.end || allFinite(values.data + part.begin * cols, (part.end - part.begin) * cols);
}

template <Rule rule, bool ranged>
static bool stepRows(float* table, Count rows, float* state, const std::int32_t* gradientRows, const float* values,
                     double learningRate, const Range& range, double epsilon, Count cols, Part part) {
  const Count bytes = cols * static_cast<Count>(sizeof(float));
  for (Count k = part.begin; k < part.end; k++) {
    if (k + kRowsAhead < part.end) prefetchRow(table, gradientRows[k + kRowsAhead], bytes);
    // Read again, and so checked again: the array is the caller's, and may be shared.
    const Count row = gradientRows[k];
    if (row < 0 || row >= rows) return false;
    float* weights = table + row * cols;
    const float* gradient = values + k * cols;
    const float before = ranged ? peakOf(weights, cols) : 0;
    if (rule == Rule::sgd) stepSgd(weights, gradient, cols, learningRate);
    if (rule == Rule::adagrad) stepAdagradOf(weights, state + row * cols, gradient, cols, learningRate, epsilon);
    if (rule == Rule::rowwiseAdagrad) stepRowwise(weights, state + row, gradient, cols, learningRate, epsilon);
    if (ranged) followRow(range, row, before, peakOf(weights, cols));
  }
  return true;
}

template <Rule rule>
static bool stepAllRows(Floats table, Count rows, Floats state, Ints gradientRows, Floats values, double learningRate,
                        const Range& range, double epsilon, Count cols, Part part) {
  if (!updateFits(table, rows, state, gradientRows, values, range, rule, cols, part)) return false;
  return range.tree.data == nullptr
             ? stepRows<rule, false>(table.data, rows, state.data, gradientRows.data, values.data, learningRate, range,
                                     epsilon, cols, part)
             : stepRows<rule, true>(table.data, rows, state.data, gradientRows.data, values.data, learningRate, range,
                                    epsilon, cols, part);
}

static bool updateRows(Floats table, Count rows, Floats state, Ints gradientRows, Floats values, double learningRate,
                       Range range, Optimizer optimizer, Count cols, Part part) {
  if (!std::isfinite(learningRate)) return false;
  switch (static_cast<Rule>(optimizer.kind)) {
    case Rule::sgd:
      return stepAllRows<Rule::sgd>(table, rows, state, gradientRows, values, learningRate, range, 0, cols, part);
    case Rule::adagrad:
      return stepAllRows<Rule::adagrad>(table, rows, state, gradientRows, values, learningRate, range,
                                        optimizer.epsilon, cols, part);
    case Rule::rowwiseAdagrad:
      return stepAllRows<Rule::rowwiseAdagrad>(table, rows, state, gradientRows, values, learningRate, range,
                                               optimizer.epsilon, cols, part);
  }
  return false;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
