// Register-blocked sums of outer products: the one loop in which a training step spends nine tenths of its time.
//
// A tile holds M × N vectors of sums. `a` is read one number at a time and spread, `b` a vector at a time:
// sums[m][n] += a(m, k) · b[k][n], k ascending, so that a sum never depends on how the work was divided.
#pragma once

#include <cstddef>

#include "../simd/peak.h"
#include "../simd/prefetch.h"
#include "../simd/vector.h"
#include "products.h"

namespace dqrm {
namespace DQRM_ISA {

#if defined(__AVX512F__) || defined(__ARM_NEON)
/** 16 sums, 2 vectors of b and a spread of a stay below 32 registers; 14 rows and more make gcc 12 spill. */
constexpr int kTileRows = 8;
#else
/** 12 sums, 2 vectors of b and a spread of a fill 15 of 16 registers. */
constexpr int kTileRows = 6;
#endif

/** Vectors side by side in a panel. */
constexpr int kPanelVectors = 2;
/** Numbers side by side in a panel: operands are stored as panels [columns / kPanel][terms][kPanel]. */
constexpr int kPanel = kPanelVectors * kLanes;

/** Rounds up to whole panels. */
constexpr int wholePanels(int columns) { return (columns + kPanel - 1) / kPanel * kPanel; }

/** Says whether a(m, k) lies at a[m × step + k] (rows of samples) or at a[m + k × step] (columns of samples). */
enum class Walk { alongRow, downColumns };

/**
 * Names memory that comes next, to be asked for while a panel is summed: it arrives from the third-level cache at a
 * fraction of its bandwidth, where the first tile of the next panel would wait for it at its full latency.
 */
struct Ahead {
  const float* data = nullptr;
  std::size_t count = 0;
};

/**
 * Sums one tile and hands its vectors to epilogue.finish(m, n, sum, peak); start(m, n) gives the first value of a sum,
 * raisePeak(n, peak) takes what finish saw in vector n of each row. expect(row, rows) comes before all of them.
 *
 * Epilogues load what they need from memory: with captured registers gcc 12 spills the sums, at half the speed.
 */
template <int M, int N, Walk walk, class Multiply = FloatProducts, class Epilogue>
static inline void sumTile(const float* a, std::size_t step, const float* b, std::size_t bStep, int terms, int row,
                           const float* ahead, std::size_t aheadStep, const Epilogue& epilogue) {
  epilogue.expect(row, M);
  Vector sums[M][N];
#pragma GCC unroll 16
  for (int m = 0; m < M; m++) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) sums[m][n] = epilogue.start(row + m, n);
  }
  for (int k = 0; k < terms; k++) {
    Vector right[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) right[n] = load(b + n * kLanes);
    b += bStep;
    __builtin_prefetch(ahead, 0, 2);
    ahead += aheadStep;
#pragma GCC unroll 16
    for (int m = 0; m < M; m++) {
      const Vector left = splat(walk == Walk::alongRow ? a[m * step] : a[m]);
#pragma GCC unroll 4
      for (int n = 0; n < N; n++) sums[m][n] = Multiply::multiplyAdd(left, right[n], sums[m][n]);
    }
    a += walk == Walk::alongRow ? 1 : step;
  }
#pragma GCC unroll 4
  for (int n = 0; n < N; n++) {
    PeakBits peak = noPeak();
#pragma GCC unroll 16
    for (int m = 0; m < M; m++) epilogue.finish(row + m, n, sums[m][n], peak);
    epilogue.raisePeak(n, peak);
  }
}

/** Sums rows [first, first + rows) of tiles, N vectors wide; `a` is that of the first of them. */
template <int N, Walk walk, class Multiply = FloatProducts, class Epilogue>
static void sumRows(const float* a, std::size_t step, const float* b, std::size_t bStep, int terms, int first, int rows,
                    const Ahead& next, const Epilogue& epilogue) {
  const std::size_t rowStep = walk == Walk::alongRow ? step : 1;
  const int tiles = (rows + kTileRows - 1) / kTileRows;
  // Some lines are asked for several times, and the last ones not at all: whole numbers cost the least.
  const std::size_t aheadStep = tiles * terms > 0 ? next.count / (static_cast<std::size_t>(tiles) * terms) : 0;
  const float* ahead = next.data == nullptr ? b : next.data;
  int row = 0;
  for (; row + kTileRows <= rows; row += kTileRows) {
    sumTile<kTileRows, N, walk, Multiply>(a + row * rowStep, step, b, bStep, terms, first + row, ahead, aheadStep, epilogue);
    ahead += aheadStep * terms;
  }
  for (; row + 4 <= rows; row += 4) {
    sumTile<4, N, walk, Multiply>(a + row * rowStep, step, b, bStep, terms, first + row, ahead, aheadStep, epilogue);
  }
  for (; row < rows; row++) {
    sumTile<1, N, walk, Multiply>(a + row * rowStep, step, b, bStep, terms, first + row, ahead, aheadStep, epilogue);
  }
}

/** As sumRows for one panel, of which `columns` numbers count: a half-empty panel takes half the work. */
template <Walk walk, class Multiply = FloatProducts, class Epilogue>
static inline void sumPanel(const float* a, std::size_t step, const float* b, std::size_t bStep, int terms, int rows,
                            int columns, const Epilogue& epilogue, const Ahead& next = {}) {
  if (columns <= kLanes) {
    sumRows<1, walk, Multiply>(a, step, b, bStep, terms, 0, rows, next, epilogue);
  } else {
    sumRows<kPanelVectors, walk, Multiply>(a, step, b, bStep, terms, 0, rows, next, epilogue);
  }
}

/** Samples that are packed together: each of their rows is read on, line by line, while others are. */
constexpr int kPackedSamples = 8;

/**
 * Copies columns of samples into tiles [rows/kTileRows][terms][kTileRows], as sumPackedColumns reads them.
 *
 * In place, each step of a sum would touch another line of the cache, at strides that no prefetcher follows.
 */
static inline void packColumns(const float* a, std::size_t step, int terms, int rows, float* packed) {
  const std::size_t tileSize = static_cast<std::size_t>(terms) * kTileRows;
  const int whole = rows / kTileRows * kTileRows;
  for (int k0 = 0; k0 < terms; k0 += kPackedSamples) {
    const int count = terms - k0 < kPackedSamples ? terms - k0 : kPackedSamples;
    const float* from = a + k0 * step;
    float* to = packed + static_cast<std::size_t>(k0) * kTileRows;
    for (int row = 0; row < whole; row += kTileRows, to += tileSize) {
      for (int k = 0; k < count; k++) {
        std::memcpy(to + k * kTileRows, from + k * step + row, kTileRows * sizeof(float));
      }
    }
    for (int k = 0; k < count && whole < rows; k++) {
      for (int row = whole; row < rows; row++) to[k * kTileRows + row - whole] = from[k * step + row];
    }
  }
}

/** Puts the terms of each sample side by side in pairs, an odd last one beside a zero; `terms` counts before. */
static inline void pairTerms(const float* from, std::size_t step, int terms, int samples, float* to, std::size_t toStep) {
#if defined(__AVX512BF16__)
  for (int s = 0; s < samples; s++, from += step, to += toStep) {
    for (int i = 0; i < terms; i += 2 * kLanes) {
      const int first = terms - i < kLanes ? terms - i : kLanes, second = terms - i - first < kLanes ? terms - i - first : kLanes;
      const __m512bh pairs = _mm512_cvtne2ps_pbh(loadFirst(from + i + kLanes, second), loadFirst(from + i, first));
      store(to + i / 2, _mm512_castsi512_ps((__m512i)pairs));
    }
  }
#else
  (void)from, (void)step, (void)terms, (void)samples, (void)to, (void)toStep;
#endif
}

/** As packColumns, with two samples in each term; an odd last one is beside a zero. */
static inline void packColumnPairs(const float* a, std::size_t step, int samples, int rows, float* packed) {
  const int terms = (samples + 1) / 2;
  for (int k = 0; k < terms; k++) {
    const float* first = a + 2 * k * step;
    const bool alone = 2 * k + 1 == samples;
    for (int row = 0; row < rows; row += kLanes) {
      const int count = rows - row < kLanes ? rows - row : kLanes;
      const Vector second = alone ? zero() : loadFirst(first + step + row, count);
      float pairs[kLanes];
      store(pairs, pairUp(loadFirst(first + row, count), second));
      for (int c = 0; c < count; c += kTileRows) {
        float* to = packed + (static_cast<std::size_t>((row + c) / kTileRows) * terms + k) * kTileRows;
        std::memcpy(to, pairs + c, kTileRows * sizeof(float));
      }
    }
  }
}

/** Copies `panels` panels of samples into [panels][terms][kPanel] with two samples in each term. */
static inline void packPanelPairs(const float* b, std::size_t step, int samples, int panels, float* packed) {
  const int terms = (samples + 1) / 2;
  for (int p = 0; p < panels; p++) {
    for (int k = 0; k < terms; k++, packed += kPanel) {
      const float* first = b + 2 * k * step + p * kPanel;
      const bool alone = 2 * k + 1 == samples;
      for (int n = 0; n < kPanelVectors; n++) {
        const Vector second = alone ? zero() : load(first + step + n * kLanes);
        store(packed + n * kLanes, pairUp(load(first + n * kLanes), second));
      }
    }
  }
}

/**
 * Names what comes after a panel: rows of the next panel, of which each has lines of its own, and memory that is read on in
 * order; the latter is shared out among all tiles but the first ones.
 */
struct ColumnsAhead {
  const float* panel = nullptr;
  std::size_t panelStep = 0;
  Ahead block = {};
};

/** Sums one panel over packed columns. */
template <int N, class Multiply = FloatProducts, class Epilogue>
static void sumPackedColumns(const float* packed, const float* b, std::size_t bStep, int terms, int rows,
                             const ColumnsAhead& next, const Epilogue& epilogue) {
  constexpr int kPanelLines = (kPanel + kLine - 1) / kLine;
  const std::size_t tileSize = static_cast<std::size_t>(terms) * kTileRows;
  const int tiles = rows / kTileRows;
  const std::size_t share = tiles > kPanelLines && terms > 0 ? next.block.count / (static_cast<std::size_t>(tiles - kPanelLines) * terms) : 0;
  const float* block = next.block.data == nullptr ? b : next.block.data;
  for (int tile = 0; tile < tiles; tile++, packed += tileSize) {
    const bool lines = tile < kPanelLines && next.panel != nullptr;
    const float* ahead = lines ? next.panel + tile * kLine : block;
    const std::size_t aheadStep = lines ? next.panelStep : share;
    sumTile<kTileRows, N, Walk::downColumns, Multiply>(packed, kTileRows, b, bStep, terms, tile * kTileRows, ahead, aheadStep, epilogue);
    if (!lines) block += share * terms;
  }
  const int row = tiles * kTileRows;
  sumRows<N, Walk::downColumns, Multiply>(packed, kTileRows, b, bStep, terms, row, rows - row, {}, epilogue);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
