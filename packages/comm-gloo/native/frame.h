// How a message travels between two ranks.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dqrm {

/** A head of eight bytes says how long the message is; a short message follows in the same frame, a long one in a frame of its own. */
using Length = std::uint64_t;

constexpr std::uint64_t kHeadSlot = 0;
constexpr std::uint64_t kBodySlot = 1;

/** Posted before they are needed, so that a sender of short messages need not wait for the answer to each. */
constexpr std::size_t kHeads = 16;
constexpr std::size_t kHeadBytes = 8192;
constexpr std::size_t kShortBytes = kHeadBytes - sizeof(Length);

/** A gradient is never as long; more is a mistake, or a peer of another program. */
constexpr Length kMaxMessageBytes = Length{1} << 30;

/** Lengths that no message has: nothing more comes, and the rank whose loss is the reason, or kNobody, follows; and the answer to that, when all before it was read. */
constexpr Length kGoodbye = ~Length{0};
constexpr Length kHeard = kGoodbye - 1;

constexpr std::int64_t kNobody = -1;

}  // namespace dqrm
