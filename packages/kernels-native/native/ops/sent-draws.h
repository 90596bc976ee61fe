// Random bits of values that are rounded at random: 16 for each, four values to a block of Threefry.
#pragma once

#include "sent-layout.h"

namespace dqrm {
namespace DQRM_ISA {

/** Blocks that are drawn at a time, as many as the lanes of the widest vectors. */
constexpr int kDrawLanes = 16;

/** Encrypts counters to 64 bits each, lane by lane, as Threefry-2x32 with 20 rounds. */
static inline void drawBlocks(std::uint32_t k0, std::uint32_t k1, const std::uint64_t* counters,
                              std::uint32_t* words) {
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const std::uint32_t keys[3] = {k0, k1, 0x1bd11bdau ^ k0 ^ k1};
  std::uint32_t x[kDrawLanes];
  std::uint32_t y[kDrawLanes];
  for (int i = 0; i < kDrawLanes; i++) {
    x[i] = static_cast<std::uint32_t>(counters[i]) + k0;
    y[i] = static_cast<std::uint32_t>(counters[i] >> 32) + k1;
  }
  for (int group = 0; group < 5; group++) {
    for (int round = 0; round < 4; round++) {
      const int rotation = kRotations[(group % 2) * 4 + round];
      for (int i = 0; i < kDrawLanes; i++) {
        x[i] += y[i];
        y[i] = ((y[i] << rotation) | (y[i] >> (32 - rotation))) ^ x[i];
      }
    }
    const std::uint32_t forX = keys[(group + 1) % 3];
    const std::uint32_t forY = keys[(group + 2) % 3] + static_cast<std::uint32_t>(group) + 1;
    for (int i = 0; i < kDrawLanes; i++) {
      x[i] += forX;
      y[i] += forY;
    }
  }
  for (int i = 0; i < kDrawLanes; i++) {
    words[2 * i] = x[i];
    words[2 * i + 1] = y[i];
  }
}

/** Walks through values and draws for some at a time. */
struct SentDraws {
  const std::int32_t* rows;
  Count cols;
  std::uint32_t seed;
  std::uint32_t stream;
  std::uint64_t counters[kSentAtOnce + kDrawLanes];
  std::uint32_t words[2 * (kSentAtOnce + kDrawLanes)];

  /** Draws for values [begin, begin + count), at most kSentAtOnce. */
  void draw(Count begin, int count, std::uint16_t* draws) {
    int blocks = 0;
    walk(begin, count, [&](int, int, std::uint64_t place, int values) {
      const std::uint64_t last = (place + static_cast<std::uint64_t>(values) - 1) / 4;
      for (std::uint64_t block = place / 4; block <= last; block++) counters[blocks++] = block;
    });
    for (int i = blocks; i % kDrawLanes != 0; i++) counters[i] = 0;
    for (int i = 0; i < blocks; i += kDrawLanes) drawBlocks(seed, stream, counters + i, words + 2 * i);
    walk(begin, count, [&](int at, int block, std::uint64_t place, int values) {
      // The lower half of a word stands before its upper half.
      const std::uint8_t* from = reinterpret_cast<const std::uint8_t*>(words + 2 * block) + 2 * (place & 3);
      std::memcpy(draws + at, from, 2 * static_cast<std::size_t>(values));
    });
  }

 private:
  /** Visits the parts of rows: where they begin, their first block, their first place, and how many values they have. */
  template <class Visit>
  void walk(Count begin, int count, Visit visit) {
    Count row = begin / cols;
    Count col = begin % cols;
    int block = 0;
    for (int at = 0; at < count;) {
      const Count left = cols - col;
      const int values = left < count - at ? static_cast<int>(left) : count - at;
      const std::uint64_t place =
          static_cast<std::uint64_t>(rows[row]) * static_cast<std::uint64_t>(cols) + static_cast<std::uint64_t>(col);
      visit(at, block, place, values);
      block += static_cast<int>((place + static_cast<std::uint64_t>(values) - 1) / 4 - place / 4) + 1;
      at += values;
      row++;
      col = 0;
    }
  }
};

}  // namespace DQRM_ISA
}  // namespace dqrm
