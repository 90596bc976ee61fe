// How a message travels between two ranks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dqrm {

/** A message begins with its length in eight bytes and travels in chunks, all of them full but the last. */
using Length = std::uint64_t;

constexpr std::uint64_t kSlot = 0;

/**
 * Chunks that a receiver has always asked for, so that a sender need not wait for the answer to each message; 1 MiB is what a network
 * of 1 Gbit/s carries in 8 ms.
 */
constexpr std::size_t kChunks = 16;
constexpr std::size_t kChunkBytes = 65536;
constexpr std::size_t kFirstBytes = kChunkBytes - sizeof(Length);

/** A gradient is never as long; more is a mistake, or a peer of another program. */
constexpr Length kMaxMessageBytes = Length{1} << 30;

/** Lengths that no message has: nothing more comes, and the rank whose loss is the reason, or kNobody, follows; and the answer to that, when all before it was read. */
constexpr Length kGoodbye = ~Length{0};
constexpr Length kHeard = kGoodbye - 1;

constexpr std::int64_t kNobody = -1;

}  // namespace dqrm
