#include "peer.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <utility>

namespace dqrm {
namespace {

/** What ends a wait is a message, the death of the peer, or `stop`; gloo closes every pair where a time runs out. */
constexpr std::chrono::milliseconds kForever = std::chrono::hours(24 * 365);

Length readLength(const unsigned char* bytes) {
  Length length = 0;
  std::memcpy(&length, bytes, sizeof length);
  return length;
}

}  // namespace

Peer::Peer(const Directions& directions, int rank, Events& events, std::atomic<std::int64_t>& lost,
           std::function<void()> settled)
    : directions_(directions),
      rank_(rank),
      events_(events),
      lost_(lost),
      settled_(std::move(settled)),
      outgoing_(new unsigned char[kChunkBytes]) {
  for (Chunk& chunk : chunks_) {
    chunk.bytes.reset(new unsigned char[kChunkBytes]);
    chunk.buffer = directions_.incoming.createUnboundBuffer(chunk.bytes.get(), kChunkBytes);
  }
}

Peer::~Peer() { stop(); }

void Peer::start() {
  receiver_ = std::thread([this] { receive(); });
  sender_ = std::thread([this] { send(); });
}

void Peer::post(Bytes message) {
  const Length length = message.length;
  enqueue(length, std::move(message));
}

void Peer::sayGoodbye() {
  const std::int64_t lost = lost_;
  Bytes body{std::make_unique<unsigned char[]>(sizeof lost), sizeof lost};
  std::memcpy(body.data.get(), &lost, sizeof lost);
  enqueue(kGoodbye, std::move(body));
}

void Peer::enqueue(Length length, Bytes body) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (farewell_ || stopping_) return;
  farewell_ = length == kGoodbye || length == kHeard;
  queued_ += body.length;
  queue_.push_back({length, std::move(body)});
  changed_.notify_all();
}

bool Peer::isSettled() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return done_ || stopping_;
}

std::size_t Peer::queuedBytes() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return queued_;
}

void Peer::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    for (Chunk& chunk : chunks_) chunk.buffer->abortWaitRecv();
    if (sending_ != nullptr) sending_->abortWaitSend();
    changed_.notify_all();
  }
  if (receiver_.joinable()) receiver_.join();
  if (sender_.joinable()) sender_.join();
}

void Peer::fail(const char* reason) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || done_) return;
  }
  std::int64_t nobody = kNobody;
  lost_.compare_exchange_strong(nobody, rank_);
  events_.tell(EventKind::kGone, rank_, {}, reason);
  markDone();
}

void Peer::markDone() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  settled_();
}

void Peer::send() noexcept {
  try {
    for (;;) {
      Frame frame;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (stopping_) return;
        frame = std::move(queue_.front());
        queue_.pop_front();
      }
      if (!sendFrame(frame)) return;
      const std::lock_guard<std::mutex> lock(mutex_);
      queued_ -= frame.body.length;
    }
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

bool Peer::sendFrame(const Frame& frame) {
  unsigned char* const body = frame.body.data.get();
  const std::size_t first = std::min(frame.body.length, kFirstBytes);
  std::memcpy(outgoing_.get(), &frame.length, sizeof frame.length);
  if (first > 0) std::memcpy(outgoing_.get() + sizeof frame.length, body, first);
  if (!sendChunk(outgoing_.get(), sizeof frame.length + first)) return false;
  for (std::size_t at = first; at < frame.body.length; at += kChunkBytes) {
    if (!sendChunk(body + at, std::min(frame.body.length - at, kChunkBytes))) return false;
  }
  return true;
}

/** Lets `stop` see the buffer for as long as somebody waits for it. */
bool Peer::sendChunk(void* data, std::size_t length) {
  struct Forget {
    std::mutex& mutex;
    Buffer& current;
    ~Forget() {
      Buffer last;
      const std::lock_guard<std::mutex> lock(mutex);
      last.swap(current);
    }
  };
  Buffer buffer = directions_.outgoing.createUnboundBuffer(data, length);
  gloo::transport::UnboundBuffer& waited = *buffer;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return false;
    sending_ = std::move(buffer);
  }
  const Forget forget{mutex_, sending_};
  waited.send(rank_, kSlot);
  return waited.waitSend(kForever);
}

void Peer::receive() noexcept {
  try {
    for (Chunk& chunk : chunks_) chunk.buffer->recv(rank_, kSlot);
    for (;;) {
      const unsigned char* const first = nextChunk();
      if (first == nullptr) return;
      const Length length = readLength(first);
      if (length == kHeard) return markDone();
      if (length == kGoodbye) {
        hearGoodbye(first);
        return markDone();
      }
      if (length > kMaxMessageBytes) return fail("a message longer than kMaxMessageBytes");
      if (!receiveMessage(first, length)) return;
    }
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

/** Waits for a chunk, which is the reader's until it is returned; null when this end stops. */
const unsigned char* Peer::nextChunk() {
  Chunk& chunk = chunks_[next_];
  return chunk.buffer->waitRecv(kForever) ? chunk.bytes.get() : nullptr;
}

/** Asks for another chunk in the place of the one that was read. */
void Peer::returnChunk() {
  chunks_[next_].buffer->recv(rank_, kSlot);
  next_ = (next_ + 1) % kChunks;
}

/** Who leaves because another is lost names it first, so that all survivors hear of the same rank. */
void Peer::hearGoodbye(const unsigned char* first) {
  std::int64_t lost = kNobody;
  std::memcpy(&lost, first + sizeof(Length), sizeof lost);
  if (lost >= 0 && lost < directions_.incoming.size && lost != directions_.incoming.rank && lost != rank_) {
    std::int64_t nobody = kNobody;
    lost_.compare_exchange_strong(nobody, lost);
    events_.tell(EventKind::kGone, static_cast<int>(lost));
  }
  events_.tell(EventKind::kGone, rank_);
  enqueue(kHeard, {});
}

bool Peer::receiveMessage(const unsigned char* first, Length length) {
  Bytes body{std::unique_ptr<unsigned char[]>(new unsigned char[length]), static_cast<std::size_t>(length)};
  std::size_t at = std::min(body.length, kFirstBytes);
  std::memcpy(body.data.get(), first + sizeof length, at);
  while (at < body.length) {
    returnChunk();
    const unsigned char* const chunk = nextChunk();
    if (chunk == nullptr) return false;
    const std::size_t count = std::min(body.length - at, kChunkBytes);
    std::memcpy(body.data.get() + at, chunk, count);
    at += count;
  }
  // A whole message is told of before the peer is asked for more, which fails when it has died.
  events_.tell(EventKind::kArrived, rank_, std::move(body));
  returnChunk();
  return true;
}

}  // namespace dqrm
