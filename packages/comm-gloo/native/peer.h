// One other rank: a thread that sends to it, and one that receives from it, each over a connection of its own.
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

/**
 * The connections to all other ranks, by direction. Gloo lets a message begin when the receiver has said that it is ready; over one
 * connection that word would wait behind what the receiver itself is sending, and the two would take turns.
 */
struct Directions {
  gloo::transport::Context& outgoing;
  gloo::transport::Context& incoming;
};

class Peer {
 public:
  /**
   * `settled` is called, from any thread, whenever the answer of `isSettled` may have changed; the first rank of the group that is
   * lost is written to `lost`.
   */
  Peer(const Directions& directions, int rank, Events& events, std::atomic<std::int64_t>& lost,
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

  struct Chunk {
    std::unique_ptr<unsigned char[]> bytes;
    Buffer buffer;
  };

  void send() noexcept;
  void receive() noexcept;
  bool sendFrame(const Frame& frame);
  bool sendChunk(void* data, std::size_t length);
  const unsigned char* nextChunk();
  void returnChunk();
  bool receiveMessage(const unsigned char* first, Length length);
  void hearGoodbye(const unsigned char* first);
  void enqueue(Length length, Bytes body);
  void fail(const char* reason);
  void markDone();

  const Directions directions_;
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
  std::array<Chunk, kChunks> chunks_;
  /** Of the chunk that is read, or will be. */
  std::size_t next_ = 0;
  std::unique_ptr<unsigned char[]> outgoing_;
  std::thread sender_;
  std::thread receiver_;
};

}  // namespace dqrm
