// Random bits of values that are rounded at random: 16 for each, four values to a block of Threefry.
#pragma once

#include "sent-levels.h"

namespace dqrm {
namespace DQRM_ISA {

using Words = std::uint32_t __attribute__((vector_size(4 * kLanes)));

/** Blocks that are drawn at a time: two vectors, of which one waits less when the other has its turn. */
constexpr int kDrawLanes = 2 * kLanes;

/** The loops of a compiler would be plain ones: rotations have to be constants, and both vectors have to stay in registers. */
template <int rotation>
DQRM_INLINE void mix(Words (&x)[2], Words (&y)[2]) {
  for (int v = 0; v < 2; v++) {
    x[v] += y[v];
    y[v] = ((y[v] << rotation) | (y[v] >> (32 - rotation))) ^ x[v];
  }
}

template <int a, int b, int c, int d>
DQRM_INLINE void mixFour(Words (&x)[2], Words (&y)[2], std::uint32_t forX, std::uint32_t forY) {
  mix<a>(x, y);
  mix<b>(x, y);
  mix<c>(x, y);
  mix<d>(x, y);
  for (int v = 0; v < 2; v++) {
    x[v] += forX;
    y[v] += forY;
  }
}

/** Draws for four values of each of kDrawLanes blocks: Threefry-2x32 with 20 rounds, lane by lane. */
static inline void drawBlocks(std::uint32_t k0, std::uint32_t k1, const std::uint64_t* counters,
                              std::uint16_t* draws) {
  const std::uint32_t k2 = 0x1bd11bdau ^ k0 ^ k1;
  std::uint32_t low[kDrawLanes];
  std::uint32_t high[kDrawLanes];
  for (int i = 0; i < kDrawLanes; i++) {
    low[i] = static_cast<std::uint32_t>(counters[i]) + k0;
    high[i] = static_cast<std::uint32_t>(counters[i] >> 32) + k1;
  }
  Words x[2];
  Words y[2];
  std::memcpy(x, low, sizeof x);
  std::memcpy(y, high, sizeof y);
  mixFour<13, 15, 26, 6>(x, y, k1, k2 + 1);
  mixFour<17, 29, 16, 24>(x, y, k2, k0 + 2);
  mixFour<13, 15, 26, 6>(x, y, k0, k1 + 3);
  mixFour<17, 29, 16, 24>(x, y, k1, k2 + 4);
  mixFour<13, 15, 26, 6>(x, y, k2, k0 + 5);
  std::memcpy(low, x, sizeof x);
  std::memcpy(high, y, sizeof y);
  std::uint32_t words[2 * kDrawLanes];
  for (int i = 0; i < kDrawLanes; i++) {
    words[2 * i] = low[i];
    words[2 * i + 1] = high[i];
  }
  // The lower half of a word stands before its upper half.
  std::memcpy(draws, words, sizeof words);
}

/** Draws of a block. */
constexpr int kBlockDraws = 4;

/** Walks through values and draws for some at a time. */
struct SentDraws {
  const std::int32_t* rows;
  Count cols;
  std::uint32_t seed;
  std::uint32_t stream;
  std::uint64_t counters[kSentAtOnce + kDrawLanes];
  std::uint16_t drawn[kBlockDraws * (kSentAtOnce + kDrawLanes)];
  std::uint16_t moved[kSentAtOnce + kSentSlack];

  /** Draws for values [begin, begin + count), at most kSentAtOnce, the first of which is a multiple of it. */
  const std::uint16_t* draw(Count begin, int count) {
    int blocks = 0;
    walk(begin, count, [&](int, int, std::uint64_t place, int values) {
      const std::uint64_t last = (place + static_cast<std::uint64_t>(values) - 1) / kBlockDraws;
      for (std::uint64_t block = place / kBlockDraws; block <= last; block++) counters[blocks++] = block;
    });
    for (int i = blocks; i % kDrawLanes != 0; i++) counters[i] = 0;
    for (int i = 0; i < blocks; i += kDrawLanes) drawBlocks(seed, stream, counters + i, drawn + kBlockDraws * i);
    if (cols % kBlockDraws == 0) return drawn;
    walk(begin, count, [&](int at, int block, std::uint64_t place, int values) {
      const std::uint16_t* from = drawn + kBlockDraws * block + place % kBlockDraws;
      // What is too much behind the last is overwritten by the draws of the next row.
      for (int i = 0; i < values; i += kBlockDraws) std::memcpy(moved + at + i, from + i, 2 * kBlockDraws);
    });
    return moved;
  }

 private:
  /** Visits the parts of rows: where they begin, their first block, their first place, and how many values they have. */
  template <class Visit>
  DQRM_INLINE_MEMBER void walk(Count begin, int count, Visit visit) {
    Count row = begin / cols;
    Count col = begin % cols;
    int block = 0;
    for (int at = 0; at < count;) {
      const Count left = cols - col;
      const int values = left < count - at ? static_cast<int>(left) : count - at;
      const std::uint64_t place =
          static_cast<std::uint64_t>(rows[row]) * static_cast<std::uint64_t>(cols) + static_cast<std::uint64_t>(col);
      visit(at, block, place, values);
      const std::uint64_t last = (place + static_cast<std::uint64_t>(values) - 1) / kBlockDraws;
      block += static_cast<int>(last - place / kBlockDraws) + 1;
      at += values;
      row++;
      col = 0;
    }
  }
};

}  // namespace DQRM_ISA
}  // namespace dqrm
