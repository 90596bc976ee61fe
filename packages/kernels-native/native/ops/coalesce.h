// Row gradients summed by row, in the order in which rows first appear.
#pragma once

#include "walk-bags.h"

namespace dqrm {
namespace DQRM_ISA {

/** 2^32 divided by the golden ratio: the top bits of the product depend on every bit of the row. */
constexpr std::uint32_t kSpread = 0x9e3779b1u;

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

  /** Gives the place of a row, appended with zeros when it is new; negative when rows were changed underneath. */
  Count placeOf(std::int32_t row) {
    std::uint32_t slot = (static_cast<std::uint32_t>(row) * kSpread) >> shift;
    for (std::uint32_t probes = 0; probes <= mask; probes++, slot = (slot + 1) & mask) {
      const Count place = static_cast<Count>(out.slots.data[slot]) - 1;
      if (place == -1) return append(slot, row);
      if (place < 0 || place >= count) return -1;
      if (out.rows.data[place] == row) return place;
    }
    return -1;
  }

 private:
  Count append(std::uint32_t slot, std::int32_t row) {
    if (count >= capacity) return -1;
    const Count place = count++;
    out.slots.data[slot] = static_cast<std::int32_t>(place + 1);
    out.rows.data[place] = row;
    float* values = out.values.data + place * cols;
    for (Count c = 0; c < cols; c++) values[c] = 0;
    return place;
  }
};

static Count coalesceRows(Ints rows, Floats values, Count count, Gradients out, Count cols) {
  if (!holds(rows.length, count, 1) || !holds(values.length, count, cols)) return -1;
  RowPlaces places{out, cols, 0};
  if (!places.begin(count)) return -1;
  for (Count k = 0; k < count; k++) {
    const Count place = places.placeOf(rows.data[k]);
    if (place < 0) return -1;
    addRow(values.data + k * cols, 1, false, out.values.data + place * cols, cols);
  }
  return places.count;
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
      const Count place = places.placeOf(row);
      if (place < 0) return -1;
      addRow(from, static_cast<float>(weight / divisor), true, out.values.data + place * pooling.cols, pooling.cols);
    }
    first = last;
  }
  return places.count;
}

}  // namespace DQRM_ISA
}  // namespace dqrm
