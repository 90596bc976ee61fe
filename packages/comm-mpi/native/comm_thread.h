#pragma once

#include <mpi.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dqrm {

/** Owns the bytes of one message. */
struct Bytes {
  std::unique_ptr<uint8_t[]> data;
  size_t length = 0;
};

enum class EventKind { opened = 0, arrived = 1, closed = 2, failed = 3 };

/** What the thread tells: `peer` is this process's own rank in `opened`, and -1 in a failure that concerns no single peer. */
struct Event {
  EventKind kind;
  int peer;
  int size = 0;
  Bytes bytes;
  std::string text;
};

/** Owns every call of MPI, from its start to its end: no other thread may make one. */
class CommThread {
 public:
  using Sink = std::function<void(std::unique_ptr<Event>)>;

  /** `ended` runs last on the thread, after the last event. */
  CommThread(Sink sink, std::function<void()> ended);

  /** Answers whether `to` is another rank; before MPI has started, nobody is. */
  bool post(int to, Bytes bytes);
  /** Sends a last message to every peer; MPI ends when every peer has sent its own. */
  void close();
  /** Ends the thread: when MPI has ended, if this end was closed and `orderly`, and otherwise at once. */
  void leave(bool orderly);
  /** Ends the whole job. */
  [[noreturn]] void abort(int code);

 private:
  struct Message {
    int to;
    int tag;
    Bytes bytes;
  };
  struct Transfer {
    MPI_Request request;
    int peer;
    int tag;
    Bytes bytes;
  };

  void run();
  bool start();
  bool takeCommands();
  bool takeMessages();
  bool takeOne(MPI_Message* message, const MPI_Status& status);
  bool progressSends();
  bool progressReceives();
  void deliver(Transfer& transfer);
  bool finished();
  void rest(bool worked);
  bool isAsked();
  bool fail(int peer, int code, const char* call);
  void tell(EventKind kind, int peer, Bytes bytes = {}, std::string text = {});

  const Sink sink_;
  const std::function<void()> ended_;

  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable over_;
  std::vector<Message> commands_;
  bool closing_ = false;
  bool closesSent_ = false;
  bool stopping_ = false;
  bool isOver_ = false;
  int abortCode_ = -1;
  /** Written by the thread before it tells that MPI has started. */
  int rank_ = 0;
  int size_ = 0;

  // Read and written by the thread alone.
  int closedPeers_ = 0;
  bool broken_ = false;
  std::vector<Transfer> sends_;
  std::vector<Transfer> receives_;
  std::chrono::steady_clock::time_point lastWork_;

  std::thread thread_;
};

}  // namespace dqrm
