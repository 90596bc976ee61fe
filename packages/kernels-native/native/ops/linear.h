// Linear layers over row-major weights, by the register-blocked sums of gemm/tile.h.
#pragma once

#include <cmath>

#include "../gemm/epilogue.h"
#include "../simd/transpose.h"
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

/** As StoreColumns, and goes on with sums that were stored before. */
template <bool begins>
struct ContinueColumns : StoreColumns {
  DQRM_INLINE_MEMBER Vector start(int m, int n) const {
    if (begins) return zero();
    const float* at = dst + static_cast<std::size_t>(m) * step + n * kLanes;
    const int lanes = columns - n * kLanes;
    return lanes >= kLanes ? load(at) : lanes > 0 ? loadFirst(at, lanes) : zero();
  }
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

/** Copies `columns` columns of a row-major matrix to a panel, its missing columns zero. */
static inline void copyPanel(const float* src, Count rows, Count step, Count columns, float* panel) {
  if (columns == kPanel) {
    for (Count k = 0; k < rows; k++, src += step, panel += kPanel) {
      for (int n = 0; n < kPanelVectors; n++) store(panel + n * kLanes, load(src + n * kLanes));
    }
    return;
  }
  for (Count k = 0; k < rows; k++, src += step, panel += kPanel) {
    for (Count c = 0; c < columns; c++) panel[c] = src[c];
    for (Count c = columns; c < kPanel; c++) panel[c] = 0;
  }
}

/** As copyPanel, of the transpose: column c of the panel is row c of src. */
static inline void turnPanel(const float* src, Count terms, Count columns, float* panel) {
  transpose(src, static_cast<std::size_t>(terms), panel, kPanel, toInt(columns), toInt(terms));
  for (Count k = 0; k < terms && columns < kPanel; k++) {
    for (Count c = columns; c < kPanel; c++) panel[k * kPanel + c] = 0;
  }
}

static inline bool isLayer(Count inputs, Count outputs) {
  return inputs >= 1 && outputs >= 1 && inputs <= kMaxWidth && outputs <= kMaxWidth;
}

/** Numbers that one call may keep beside its operands; a product that needs more is nobody's layer. */
constexpr Count kMaxScratch = Count{1} << 34;

/** Gives room for a panel, and for `more` numbers behind it. */
static inline float* panelScratch(Count terms, Count more = 0) {
  return static_cast<float*>(scratchBytes(static_cast<std::size_t>(terms * kPanel + more) * sizeof(float)));
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

/** Fewer rows than this read a panel where it is: copying it would cost more than its strides. */
constexpr Count kRowsForCopy = kTileRows;

/** Gives panel `first` of a row-major operand for sums over its rows: in place, or copied. */
struct RightPanel {
  const float* data;
  std::size_t step;
  Count width;
  RightPanel(const float* right, Count columns, Count terms, Count first, Count rows, float* copied)
      : data(right + first), step(static_cast<std::size_t>(columns)),
        width(columns - first < kPanel ? columns - first : kPanel) {
    // Whole vectors are read: the last panel of a row would be left behind.
    if (width == kPanel && rows < kRowsForCopy) return;
    copyPanel(data, terms, columns, width, copied);
    data = copied;
    step = kPanel;
  }
};

static bool linearBackwardInput(Floats dy, Floats weight, Floats dx, Count inputs, Count outputs, Part part) {
  if (!isPart(part) || !isLayer(inputs, outputs) || !holds(dy.length, part.end, outputs) ||
      !holds(weight.length, outputs, inputs) || !holds(dx.length, part.end, inputs)) {
    return false;
  }
  const Count rows = part.end - part.begin;
  if (rows > kMaxWidth) return false;
  float* copied = panelScratch(outputs);
  if (copied == nullptr) return false;
  for (Count first = 0; first < inputs; first += kPanel) {
    const RightPanel panel(weight.data, inputs, outputs, first, rows, copied);
    const StoreColumns place{{nullptr}, dx.data + part.begin * inputs + first, static_cast<std::size_t>(inputs),
                             toInt(panel.width)};
    sumPanel<Walk::alongRow>(dy.data + part.begin * outputs, static_cast<std::size_t>(outputs), panel.data, panel.step,
                             toInt(outputs), toInt(rows), toInt(panel.width), place);
  }
  return true;
}

/** Samples whose products are summed in one go: what is packed of them stays in the second-level cache. */
constexpr Count kBlockSamples = 256;

/** What the gradient of weights is summed from, and the room for what is packed of a block of samples. */
struct WeightSums {
  const float* x;
  const float* dy;
  float* dweight;
  Count inputs;
  Count outputs;
  Part part;
  float* copied;
  float* packed;
};

/** Begins the sums of the gradient, or goes on with them, in the order of the samples. */
template <bool begins>
static inline void sumSamples(const WeightSums& sums, Count first, Count count) {
  const Part part = sums.part;
  const int rows = toInt(part.end - part.begin);
  packColumns(sums.dy + first * sums.outputs + part.begin, static_cast<std::size_t>(sums.outputs), toInt(count), rows, sums.packed);
  for (Count column = 0; column < sums.inputs; column += kPanel) {
    const RightPanel panel(sums.x + first * sums.inputs, sums.inputs, count, column, rows, sums.copied);
    const ContinueColumns<begins> place{{{nullptr}, sums.dweight + part.begin * sums.inputs + column,
                                         static_cast<std::size_t>(sums.inputs), toInt(panel.width)}};
    if (panel.width <= kLanes) {
      sumPackedColumns<1>(sums.packed, panel.data, panel.step, toInt(count), rows, {}, place);
    } else {
      sumPackedColumns<kPanelVectors>(sums.packed, panel.data, panel.step, toInt(count), rows, {}, place);
    }
  }
}

static bool linearBackwardWeight(Floats x, Floats dy, Count samples, Floats dweight, Floats dbias, Count inputs,
                                 Count outputs, Part part) {
  if (!isPart(part) || !isLayer(inputs, outputs) || part.end > outputs || samples > kMaxWidth ||
      !holds(x.length, samples, inputs) || !holds(dy.length, samples, outputs) ||
      !holds(dweight.length, part.end, inputs)) {
    return false;
  }
  if (dbias.length > 0 && dbias.length < part.end) return false;
  if (samples == 0) {
    for (Count i = part.begin * inputs; i < part.end * inputs; i++) dweight.data[i] = 0;
    for (Count output = part.begin; output < part.end && dbias.length > 0; output++) dbias.data[output] = 0;
    return true;
  }
  const Count rows = part.end - part.begin;
  const Count tiles = (rows + kTileRows - 1) / kTileRows;
  const Count block = samples < kBlockSamples ? samples : kBlockSamples;
  if (!holds(kMaxScratch, tiles * kTileRows + kPanel, block)) return false;
  float* copied = panelScratch(block, tiles * kTileRows * block);
  if (copied == nullptr) return false;
  const WeightSums sums{x.data, dy.data, dweight.data, inputs, outputs, part, copied, copied + block * kPanel};
  for (Count first = 0; first < samples; first += block) {
    const Count count = samples - first < block ? samples - first : block;
    if (first == 0) sumSamples<true>(sums, first, count);
    else sumSamples<false>(sums, first, count);
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
