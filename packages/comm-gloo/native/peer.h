// One other rank: a thread that sends to it, and one that receives from it.
#pragma once

#include <gloo/transport/context.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "events.h"
#include "frame.h"

namespace dqrm {

class Peer {
 public:
  /**
   * `settled` is called, from any thread, whenever the answer of `isSettled` may have changed; the first rank of the group that is
   * lost is written to `lost`.
   */
  Peer(gloo::transport::Context& context, int rank, Events& events, std::atomic<std::int64_t>& lost,
       std::function<void()> settled);
  ~Peer();

  void start();
  /** Sends a message after those before; what comes after a farewell is dropped. */
  void post(Bytes message);
  void sayGoodbye();
  /** Nothing that was posted is still on its way, as far as this end can know. */
  bool isSettled();
  std::size_t queuedBytes();
  /** Ends what the threads wait for, and the threads. */
  void stop();

 private:
  using Buffer = std::unique_ptr<gloo::transport::UnboundBuffer>;

  struct Frame {
    Length length;
    Bytes body;
  };

  struct Head {
    alignas(Length) std::array<unsigned char, kHeadBytes> bytes;
    Buffer buffer;
  };

  void send() noexcept;
  void receive() noexcept;
  bool sendFrame(const Frame& frame);
  bool sendBuffer(void* data, std::size_t length, std::uint64_t slot);
  bool receiveMessage(Head& head, Length length);
  bool receiveBody(Bytes& body);
  void hearGoodbye(const Head& head);
  bool waitFor(Buffer& current, Buffer buffer, const std::function<bool(gloo::transport::UnboundBuffer&)>& work);
  void enqueue(Length length, Bytes body);
  void fail(const char* reason);
  void markDone();

  gloo::transport::Context& context_;
  const int rank_;
  Events& events_;
  std::atomic<std::int64_t>& lost_;
  const std::function<void()> settled_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Frame> queue_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  bool farewell_ = false;
  /** The peer has read all, or does not want it, or is dead. */
  bool done_ = false;
  Buffer sending_;
  Buffer receiving_;
  std::array<Head, kHeads> heads_;
  std::array<unsigned char, kHeadBytes> outgoing_;
  std::thread sender_;
  std::thread receiver_;
};

}  // namespace dqrm
