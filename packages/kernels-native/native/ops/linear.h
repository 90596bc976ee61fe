// Linear layers over row-major weights, by the register-blocked sums of gemm/tile.h.
#pragma once

#include <cmath>

#include "../gemm/epilogue.h"
#include "codes.h"

namespace dqrm {
namespace DQRM_ISA {

/** Sizes that a tile counts in 32 bits; longer products are nobody's layer. */
constexpr Count kMaxWidth = Count{1} << 30;

/** Overwrites the first `columns` columns of a panel's rows; the rest of a row is somebody else's. */
struct StoreColumns : PeakKeeper {
  float* dst;
  std::size_t step;
  int columns;
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector sum, PeakBits&) const {
    float* at = dst + static_cast<std::size_t>(m) * step + n * kLanes;
    const int lanes = columns - n * kLanes;
    if (lanes >= kLanes) {
      store(at, sum);
    } else if (lanes > 0) {
      storeFirst(at, lanes, sum);
    }
  }
  DQRM_INLINE_MEMBER void raisePeak(int, PeakBits) const {}
};

/** Adds the bias of a panel, which is as wide as the panel, and lets relu through or not. */
template <bool relu>
struct StoreActivated : StoreColumns {
  const float* bias;
  DQRM_INLINE_MEMBER void finish(int m, int n, Vector sum, PeakBits& seen) const {
    const Vector v = dqrm::DQRM_ISA::add(sum, load(bias + n * kLanes));
    StoreColumns::finish(m, n, relu ? wherePositive(v, v) : v, seen);
  }
};

static inline int toInt(Count n) { return static_cast<int>(n); }

/** Copies columns [first, first + columns) of a row-major matrix to a panel, its missing columns zero. */
static inline void copyPanel(const float* src, Count rows, Count step, Count columns, float* panel) {
  for (Count k = 0; k < rows; k++) {
    const float* from = src + k * step;
    float* to = panel + k * kPanel;
    for (Count c = 0; c < columns; c++) to[c] = from[c];
    for (Count c = columns; c < kPanel; c++) to[c] = 0;
  }
}

/** As copyPanel, of the transpose: column c of the panel is row c of src. */
static inline void turnPanel(const float* src, Count terms, Count columns, float* panel) {
  for (Count k = 0; k < terms; k++) {
    float* to = panel + k * kPanel;
    for (Count c = 0; c < columns; c++) to[c] = src[c * terms + k];
    for (Count c = columns; c < kPanel; c++) to[c] = 0;
  }
}

static inline bool isLayer(Count inputs, Count outputs) {
  return inputs >= 1 && outputs >= 1 && inputs <= kMaxWidth && outputs <= kMaxWidth;
}

static inline float* panelScratch(Count terms) {
  return static_cast<float*>(scratchBytes(static_cast<std::size_t>(terms) * kPanel * sizeof(float)));
}

static inline void applySigmoid(float* y, Count count) {
  for (Count i = 0; i < count; i++) y[i] = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(y[i]))));
}

static bool linear(Floats x, Floats weight, Floats bias, Floats y, Count inputs, Count outputs, Count activation,
                   Part part) {
  if (!isPart(part) || !isLayer(inputs, outputs) || !holds(x.length, part.end, inputs) ||
      !holds(weight.length, outputs, inputs) || !holds(y.length, part.end, outputs)) {
    return false;
  }
  if (bias.length > 0 && bias.length < outputs) return false;
  const Count rows = part.end - part.begin;
  if (rows > kMaxWidth) return false;
  float* panel = panelScratch(inputs + 1);
  if (panel == nullptr) return false;
  float* shift = panel + inputs * kPanel;
  const float* from = x.data + part.begin * inputs;
  for (Count first = 0; first < outputs; first += kPanel) {
    const Count columns = outputs - first < kPanel ? outputs - first : kPanel;
    turnPanel(weight.data + first * inputs, inputs, columns, panel);
    for (Count c = 0; c < kPanel; c++) shift[c] = bias.length > 0 && c < columns ? bias.data[first + c] : 0;
    float* to = y.data + part.begin * outputs + first;
    const StoreColumns place{{nullptr}, to, static_cast<std::size_t>(outputs), toInt(columns)};
    if (activation == 1) {
      sumPanel<Walk::alongRow>(from, static_cast<std::size_t>(inputs), panel, kPanel, toInt(inputs), toInt(rows),
                               toInt(columns), StoreActivated<true>{place, shift});
    } else {
      sumPanel<Walk::alongRow>(from, static_cast<std::size_t>(inputs), panel, kPanel, toInt(inputs), toInt(rows),
                               toInt(columns), StoreActivated<false>{place, shift});
    }
  }
  if (activation == 2) applySigmoid(y.data + part.begin * outputs, rows * outputs);
  return true;
}

/** Sums over a row-major right operand: whole panels are read where they are, the last is copied. */
template <Walk walk>
static bool multiplyRows(const float* left, Count leftStep, const float* right, Count columns, Count terms, Count rows,
                         float* dst) {
  for (Count first = 0; first < columns; first += kPanel) {
    const Count width = columns - first < kPanel ? columns - first : kPanel;
    const float* panel = right + first;
    Count panelStep = columns;
    if (width < kPanel) {
      float* copied = panelScratch(terms);
      if (copied == nullptr) return false;
      copyPanel(right + first, terms, columns, width, copied);
      panel = copied;
      panelStep = kPanel;
    }
    const StoreColumns place{{nullptr}, dst + first, static_cast<std::size_t>(columns), toInt(width)};
    sumPanel<walk>(left, static_cast<std::size_t>(leftStep), panel, static_cast<std::size_t>(panelStep), toInt(terms),
                   toInt(rows), toInt(width), place);
  }
  return true;
}

static bool linearBackwardInput(Floats dy, Floats weight, Floats dx, Count inputs, Count outputs, Part part) {
  if (!isPart(part) || !isLayer(inputs, outputs) || !holds(dy.length, part.end, outputs) ||
      !holds(weight.length, outputs, inputs) || !holds(dx.length, part.end, inputs)) {
    return false;
  }
  const Count rows = part.end - part.begin;
  if (rows > kMaxWidth) return false;
  return multiplyRows<Walk::alongRow>(dy.data + part.begin * outputs, outputs, weight.data, inputs, outputs, rows,
                                      dx.data + part.begin * inputs);
}

static bool linearBackwardWeight(Floats x, Floats dy, Count samples, Floats dweight, Floats dbias, Count inputs,
                                 Count outputs, Part part) {
  if (!isPart(part) || !isLayer(inputs, outputs) || part.end > outputs || samples > kMaxWidth ||
      !holds(x.length, samples, inputs) || !holds(dy.length, samples, outputs) ||
      !holds(dweight.length, part.end, inputs)) {
    return false;
  }
  if (dbias.length > 0 && dbias.length < part.end) return false;
  if (!multiplyRows<Walk::downColumns>(dy.data + part.begin, outputs, x.data, inputs, samples, part.end - part.begin,
                                       dweight.data + part.begin * inputs)) {
    return false;
  }
  if (dbias.length == 0) return true;
  for (Count output = part.begin; output < part.end; output++) dbias.data[output] = 0;
  for (Count sample = 0; sample < samples; sample++) {
    const float* from = dy.data + sample * outputs;
    for (Count output = part.begin; output < part.end; output++) dbias.data[output] += from[output];
  }
  return true;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
