// Packed rows of any format as floats or as whole numbers: slow and general.
#pragma once

#include <algorithm>

#include "../simd/vector.h"
#include "../ops/levels.h"
#include "inference.h"

namespace dqrm {
namespace DQRM_ISA {

/** Bytes from one row of codes to the next. */
static inline std::int64_t codeBytes(const ServedRows& rows) {
  return (static_cast<std::int64_t>(rows.cols) * rows.bits + 7) / 8;
}

/** Reads a code of 1 to 16 bits, low bits first; it may straddle two bytes. */
DQRM_INLINE int codeAt(const std::uint8_t* row, int column, int bits) {
  const std::int64_t bit = static_cast<std::int64_t>(column) * bits;
  const std::uint8_t* from = row + bit / 8;
  const int shift = static_cast<int>(bit % 8);
  // The byte that follows is read only where the code reaches into it: the row may end here.
  unsigned value = from[0];
  if (shift + bits > 8) value |= static_cast<unsigned>(from[1]) << 8;
  return static_cast<int>(value >> shift & ((1u << bits) - 1));
}

/** Gives the whole number that is multiplied by the scale. */
DQRM_INLINE int wholeOf(const ServedRows& rows, int code) {
  if (rows.biased()) return code;
  return rows.bits == 1 ? 2 * code - 1 : code - (1 << (rows.bits - 1));
}

/** Gives the levels of one scale and threshold. */
static inline Levels levelsOf(const ServedRows& rows, std::int64_t slot = 0) {
  Levels levels;
  levels.fill(rows.bits, rows.scheme == kDeadZoneLog, rows.scale[slot], rows.bias[slot]);
  return levels;
}

/** Writes one row of a dead zone as floats: the levels of its codes. */
static inline void readZonedRow(const ServedRows& rows, std::int64_t row, float* dst) {
  const std::uint8_t* codes = rows.codes + row * codeBytes(rows);
  const std::int64_t slot = row * rows.scaleStep;
  for (int first = 0, span = 0; first < rows.cols; first += rows.spanCols, span++) {
    const int last = std::min(rows.cols - first, rows.spanCols) + first;
    const Levels levels = levelsOf(rows, slot + span);
    for (int c = first; c < last; c++) dst[c] = levels.of[codeAt(codes, c, rows.bits)];
  }
}

/** Writes one row as floats: whole × scale + bias, each operation rounded. */
static inline void readServedRow(const ServedRows& rows, std::int64_t row, float* dst) {
  if (rows.zoned()) return readZonedRow(rows, row, dst);
  if (rows.bits == 0) {
    std::copy(rows.floats + row * rows.cols, rows.floats + (row + 1) * rows.cols, dst);
    return;
  }
  const std::uint8_t* codes = rows.codes + row * codeBytes(rows);
  const std::int64_t slot = row * rows.scaleStep;
  for (int first = 0, span = 0; first < rows.cols; first += rows.spanCols, span++) {
    const int last = std::min(rows.cols - first, rows.spanCols) + first;
    const float scale = rows.scale[slot + span];
    const float bias = rows.biased() ? rows.bias[slot + span] : 0;
    for (int c = first; c < last; c++) {
      dst[c] = static_cast<float>(wholeOf(rows, codeAt(codes, c, rows.bits))) * scale + bias;
    }
  }
}

}  // namespace DQRM_ISA
}  // namespace dqrm
