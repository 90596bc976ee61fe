// Row gradients summed by row, in the order in which rows first appear.
#pragma once

#include "walk-bags.h"

namespace dqrm {
namespace DQRM_ISA {

/** 2^32 divided by the golden ratio: the top bits of the product depend on every bit of the row. */
constexpr std::uint32_t kSpread = 0x9e3779b1u;

/** Says where the sum of a row stands, and whether it begins; the place is negative when rows were changed underneath. */
struct RowPlace {
  Count place;
  bool fresh;
};

/** Finds places of rows in a gradient; a slot holds one more than the place, and 0 while it is free. */
struct RowPlaces {
  Gradients out;
  Count cols;
  Count capacity;
  std::uint32_t mask = 0;
  int shift = 0;
  Count count = 0;

  /** Makes ready for as many as `terms` distinct rows; false when there is no room for them. */
  bool begin(Count terms) {
    capacity = terms;
    if (terms > (Count{1} << 30) || !holds(out.rows.length, terms, 1) || !holds(out.values.length, terms, cols)) {
      return false;
    }
    int bits = 1;
    while ((Count{1} << bits) < 2 * terms) bits++;
    if (out.slots.length < (Count{1} << bits)) return false;
    mask = (1u << bits) - 1;
    shift = 32 - bits;
    for (std::uint32_t slot = 0; slot <= mask; slot++) out.slots.data[slot] = 0;
    return true;
  }

  /** Gives the place of a row, the next one when it is new. */
  DQRM_INLINE_MEMBER RowPlace placeOf(std::int32_t row) {
    const std::uint32_t slot = (static_cast<std::uint32_t>(row) * kSpread) >> shift;
    const Count place = static_cast<Count>(out.slots.data[slot]) - 1;
    if (place == -1) return append(slot, row);
    if (__builtin_expect(!isPlace(place), 0)) return {-1, false};
    if (__builtin_expect(out.rows.data[place] != row, 0)) return search(row, slot);
    return {place, false};
  }

 private:
  bool isPlace(Count place) const { return static_cast<std::uint64_t>(place) < static_cast<std::uint64_t>(count); }

  DQRM_INLINE_MEMBER RowPlace append(std::uint32_t slot, std::int32_t row) {
    if (count >= capacity) return {-1, false};
    const Count place = count++;
    out.slots.data[slot] = static_cast<std::int32_t>(place + 1);
    out.rows.data[place] = row;
    return {place, true};
  }

  RowPlace search(std::int32_t row, std::uint32_t slot) {
    for (std::uint32_t probes = 0; probes < mask; probes++) {
      slot = (slot + 1) & mask;
      const Count place = static_cast<Count>(out.slots.data[slot]) - 1;
      if (place == -1) return append(slot, row);
      if (!isPlace(place)) return {-1, false};
      if (out.rows.data[place] == row) return {place, false};
    }
    return {-1, false};
  }
};

/** Adds weight · row, rounded, to the sum of a row, or begins it: with +0, to which the first term is added. */
DQRM_INLINE void addTerm(const float* row, float weight, bool weighted, bool fresh, float* sum, Count cols) {
  const Vector w = splat(weight);
  Count c = 0;
  for (; c + kLanes <= cols; c += kLanes) {
    const Vector term = load(row + c);
    store(sum + c, add(loadUnless(fresh, sum + c), weighted ? mul(w, term) : term));
  }
  for (; c < cols; c++) sum[c] = (fresh ? 0 : sum[c]) + (weighted ? weight * row[c] : row[c]);
}

/** `places` are this loop's own copy, of which the compiler keeps more in registers. */
DQRM_INLINE Count coalesceRowsOf(Ints rows, Floats values, Count count, RowPlaces places, Count cols) {
  for (Count k = 0; k < count; k++) {
    const RowPlace at = places.placeOf(rows.data[k]);
    if (at.place < 0) return -1;
    addTerm(values.data + k * cols, 1, false, at.fresh, places.out.values.data + at.place * cols, cols);
  }
  return places.count;
}

/** Columns of most tables: a width that is known costs no loop. */
constexpr Count kUsualCols = 16;

static Count coalesceRows(Ints rows, Floats values, Count count, Gradients out, Count cols) {
  if (!holds(rows.length, count, 1) || !holds(values.length, count, cols)) return -1;
  RowPlaces places{out, cols, 0};
  if (!places.begin(count)) return -1;
  if (cols == kUsualCols) return coalesceRowsOf(rows, values, count, places, kUsualCols);
  return coalesceRowsOf(rows, values, count, places, cols);
}

static Count embeddingBagBackward(Floats gradient, Count rows, Bags bags, Gradients out, Pooling pooling, Part part) {
  const Count end = part.end;
  if (part.begin != 0 || !placesFit(gradient, pooling, part) || bags.offsets.length <= end) return -1;
  const Count limit = bags.weights.data != nullptr && bags.weights.length < bags.indices.length
                          ? bags.weights.length
                          : bags.indices.length;
  Count first = bags.offsets.data[0];
  const Count total = bags.offsets.data[end];
  if (first < 0 || total < 0 || total > limit) return -1;
  RowPlaces places{out, pooling.cols, 0};
  if (!places.begin(total < rows ? total : rows)) return -1;
  for (Count bag = 0; bag < end; bag++) {
    const Count last = bags.offsets.data[bag + 1];
    if (last < first || last > limit) return -1;
    const double divisor = pooling.mean ? static_cast<double>(last - first) : 1;
    const float* from = gradient.data + bag * pooling.stride + pooling.offset;
    for (Count position = first; position < last; position++) {
      const std::int32_t row = bags.indices.data[position];
      if (row < 0 || row >= rows) return -1;
      const float weight = bags.weights.data == nullptr ? 1 : bags.weights.data[position];
      const RowPlace at = places.placeOf(row);
      if (at.place < 0) return -1;
      addTerm(from, static_cast<float>(weight / divisor), true, at.fresh, out.values.data + at.place * pooling.cols, pooling.cols);
    }
    first = last;
  }
  return places.count;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
