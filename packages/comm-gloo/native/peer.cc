#include "peer.h"

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

Peer::Peer(gloo::transport::Context& context, int rank, Events& events, std::atomic<std::int64_t>& lost,
           std::function<void()> settled)
    : context_(context), rank_(rank), events_(events), lost_(lost), settled_(std::move(settled)) {
  for (Head& head : heads_) head.buffer = context_.createUnboundBuffer(head.bytes.data(), head.bytes.size());
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
    for (Head& head : heads_) head.buffer->abortWaitRecv();
    if (receiving_ != nullptr) receiving_->abortWaitRecv();
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
  const bool isShort = frame.body.length <= kShortBytes;
  const std::size_t inlined = isShort ? frame.body.length : 0;
  std::memcpy(outgoing_.data(), &frame.length, sizeof frame.length);
  if (inlined > 0) std::memcpy(outgoing_.data() + sizeof frame.length, frame.body.data.get(), inlined);
  if (!sendBuffer(outgoing_.data(), sizeof frame.length + inlined, kHeadSlot)) return false;
  return isShort || sendBuffer(frame.body.data.get(), frame.body.length, kBodySlot);
}

bool Peer::sendBuffer(void* data, std::size_t length, std::uint64_t slot) {
  return waitFor(sending_, context_.createUnboundBuffer(data, length), [&](gloo::transport::UnboundBuffer& buffer) {
    buffer.send(rank_, slot);
    return buffer.waitSend(kForever);
  });
}

/** Lets `stop` see the buffer for as long as somebody waits for it. */
bool Peer::waitFor(Buffer& current, Buffer buffer,
                   const std::function<bool(gloo::transport::UnboundBuffer&)>& work) {
  struct Forget {
    std::mutex& mutex;
    Buffer& current;
    ~Forget() {
      Buffer last;
      const std::lock_guard<std::mutex> lock(mutex);
      last.swap(current);
    }
  };
  gloo::transport::UnboundBuffer& waited = *buffer;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return false;
    current = std::move(buffer);
  }
  const Forget forget{mutex_, current};
  return work(waited);
}

void Peer::receive() noexcept {
  try {
    for (Head& head : heads_) head.buffer->recv(rank_, kHeadSlot);
    for (std::size_t next = 0;; next = (next + 1) % kHeads) {
      Head& head = heads_[next];
      if (!head.buffer->waitRecv(kForever)) return;
      const Length length = readLength(head.bytes.data());
      if (length == kHeard) return markDone();
      if (length == kGoodbye) {
        hearGoodbye(head);
        return markDone();
      }
      if (length > kMaxMessageBytes) return fail("a message longer than kMaxMessageBytes");
      if (!receiveMessage(head, length)) return;
      head.buffer->recv(rank_, kHeadSlot);
    }
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

/** Who leaves because another is lost names it first, so that all survivors hear of the same rank. */
void Peer::hearGoodbye(const Head& head) {
  std::int64_t lost = kNobody;
  std::memcpy(&lost, head.bytes.data() + sizeof(Length), sizeof lost);
  if (lost >= 0 && lost < context_.size && lost != context_.rank && lost != rank_) {
    std::int64_t nobody = kNobody;
    lost_.compare_exchange_strong(nobody, lost);
    events_.tell(EventKind::kGone, static_cast<int>(lost));
  }
  events_.tell(EventKind::kGone, rank_);
  enqueue(kHeard, {});
}

bool Peer::receiveMessage(Head& head, Length length) {
  Bytes body{std::unique_ptr<unsigned char[]>(new unsigned char[length]), static_cast<std::size_t>(length)};
  if (length > kShortBytes) {
    if (!receiveBody(body)) return false;
  } else if (length > 0) {
    std::memcpy(body.data.get(), head.bytes.data() + sizeof length, length);
  }
  events_.tell(EventKind::kArrived, rank_, std::move(body));
  return true;
}

bool Peer::receiveBody(Bytes& body) {
  return waitFor(receiving_, context_.createUnboundBuffer(body.data.get(), body.length),
                 [&](gloo::transport::UnboundBuffer& buffer) {
                   buffer.recv(rank_, kBodySlot);
                   return buffer.waitRecv(kForever);
                 });
}

}  // namespace dqrm
