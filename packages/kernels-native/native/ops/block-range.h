// The exact range of a table, kept by the blocks of its rows.
#pragma once

#include <cmath>

#include "quantize-span.h"

namespace dqrm {
namespace DQRM_ISA {

/** As in @dqrm/core. */
constexpr Count kBlockRows = 256;

static inline bool rangeFits(const Range& range, Count rows) {
  const Count blocks = (rows + kBlockRows - 1) / kBlockRows;
  return range.leaves >= 1 && range.leaves >= blocks && holds(range.tree.length, 2, range.leaves) &&
         holds(range.dirty.length, blocks, 1);
}

/** The larger of two; NaN where either is, as Math.max. */
DQRM_INLINE float largerOf(float a, float b) {
  if (a != a) return a;
  if (b != b) return b;
  return a > b ? a : b;
}

/** Sets the peak of one block and repairs the nodes above it. */
static inline void setBlockPeak(const Range& range, Count block, float peak) {
  float* tree = range.tree.data;
  Count node = range.leaves + block;
  tree[node] = peak;
  while (node > 1) {
    const Count parent = node >> 1;
    const float larger = largerOf(tree[2 * parent], tree[2 * parent + 1]);
    if (tree[parent] == larger) return;
    tree[parent] = larger;
    node = parent;
  }
}

/** Finds a block whose peak is the table's. */
static inline Count peakBlock(const Range& range) {
  const float* tree = range.tree.data;
  Count node = 1;
  while (node < range.leaves) node = tree[2 * node] == tree[node] ? 2 * node : 2 * node + 1;
  return node - range.leaves;
}

static inline float blockPeak(const float* table, Count rows, Count cols, Count block) {
  const Count first = block * kBlockRows;
  const Count last = first + kBlockRows < rows ? first + kBlockRows : rows;
  return peakOf(table + first * cols, (last - first) * cols);
}

static double rangeAbsmax(Floats table, Count rows, Range range, Count cols) {
  if (!holds(table.length, rows, cols) || !rangeFits(range, rows)) return -1;
  const Count blocks = (rows + kBlockRows - 1) / kBlockRows;
  // A NaN compares unequal to itself, so that no block could be found to hold it.
  while (range.tree.data[1] == range.tree.data[1]) {
    const Count block = peakBlock(range);
    if (block >= blocks || range.dirty.data[block] == 0) break;
    setBlockPeak(range, block, blockPeak(table.data, rows, cols, block));
    range.dirty.data[block] = 0;
  }
  return range.tree.data[1];
}

/** Lets the range follow a row whose peak was `before` and is `after`. */
static inline void followRow(const Range& range, Count row, float before, float after) {
  const Count block = row / kBlockRows;
  const float bound = range.tree.data[range.leaves + block];
  // No update mends a NaN weight, and the row that holds it may be another: the block stays NaN.
  if (bound != bound) return;
  if (!(after < bound)) {
    // No row of the block exceeds the bound, so one that reaches it is the peak, and the block is clean again.
    range.dirty.data[block] = 0;
    if (after != bound) setBlockPeak(range, block, after);
  } else if (before == bound) {
    range.dirty.data[block] = 1;
  }
}

static double absmax(Floats src, Part part) {
  if (!isPart(part) || src.length < part.end) return -1;
  return peakOf(src.data + part.begin, part.end - part.begin);
}

}  // namespace DQRM_ISA
}  // namespace dqrm
