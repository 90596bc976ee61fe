#include "comm_thread.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace dqrm {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int TAG_MESSAGE = 1;
constexpr int TAG_CLOSE = 2;

/** As MAX_MESSAGE_BYTES in TypeScript; counts of MPI are 32 bits wide. */
constexpr int MAX_MESSAGE_BYTES = 1 << 30;

/** A reply comes within this time where nothing but the wire lies between. */
constexpr microseconds SPIN{100};
constexpr microseconds SHORTEST_REST{20};
/** An idle rank looks a thousand times a second, for two or three hundredths of a core. */
constexpr microseconds LONGEST_REST{1000};
/** Messages under way move only while somebody looks. */
constexpr microseconds BUSY_REST{50};
/** Rests grow with the time that nothing happened: a wait is lengthened by at most this part. */
constexpr int REST_SHARE = 16;
/** So many messages, and then what is to be sent gets its turn. */
constexpr int MESSAGES_AT_ONCE = 64;
/** A thread that does not answer within this time waits inside MPI for a peer that is gone. */
constexpr seconds PATIENCE{1};

}  // namespace

CommThread::CommThread(Sink sink, std::function<void()> ended)
    : sink_(std::move(sink)), ended_(std::move(ended)), thread_([this] { run(); }) {}

bool CommThread::post(int to, Bytes bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (to < 0 || to >= size_ || to == rank_) return false;
  commands_.push_back({to, TAG_MESSAGE, std::move(bytes)});
  asked_.notify_one();
  return true;
}

void CommThread::close() {
  std::lock_guard<std::mutex> lock(mutex_);
  closing_ = true;
  asked_.notify_one();
}

void CommThread::leave(bool orderly) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (orderly && closing_) over_.wait(lock, [this] { return isOver_; });
  stopping_ = true;
  asked_.notify_one();
  const bool ended = over_.wait_for(lock, PATIENCE, [this] { return isOver_; });
  lock.unlock();
  if (!thread_.joinable()) return;
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void CommThread::abort(int code) {
  std::unique_lock<std::mutex> lock(mutex_);
  abortCode_ = code;
  asked_.notify_one();
  over_.wait_for(lock, PATIENCE, [this] { return isOver_; });
  std::_Exit(code);
}

void CommThread::run() {
  if (start()) {
    lastWork_ = steady_clock::now();
    while (!broken_ && !finished()) {
      bool worked = takeCommands();
      worked = takeMessages() || worked;
      worked = progressSends() || worked;
      worked = progressReceives() || worked;
      rest(worked);
    }
  }
  ended_();
  std::lock_guard<std::mutex> lock(mutex_);
  isOver_ = true;
  over_.notify_all();
}

bool CommThread::start() {
  int provided = 0;
  // This thread makes all calls: nothing wider is needed, and some libraries take no locks then.
  const int code = MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  if (code != MPI_SUCCESS) return !fail(-1, code, "MPI_Init_thread");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  auto event = std::make_unique<Event>();
  event->kind = EventKind::opened;
  event->peer = rank_;
  event->size = size_;
  sink_(std::move(event));
  return true;
}

bool CommThread::takeCommands() {
  std::vector<Message> commands;
  int abortCode = -1;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    abortCode = abortCode_;
    commands.swap(commands_);
    if (closing_ && !closesSent_) {
      closesSent_ = true;
      for (int peer = 0; peer < size_; ++peer) {
        if (peer != rank_) commands.push_back({peer, TAG_CLOSE, {}});
      }
    }
  }
  if (abortCode >= 0) MPI_Abort(MPI_COMM_WORLD, abortCode);
  for (Message& message : commands) {
    const int count = static_cast<int>(message.bytes.length);
    sends_.push_back({MPI_REQUEST_NULL, message.to, message.tag, std::move(message.bytes)});
    Transfer& transfer = sends_.back();
    const int code = MPI_Isend(transfer.bytes.data.get(), count, MPI_BYTE, transfer.peer, transfer.tag,
                               MPI_COMM_WORLD, &transfer.request);
    if (code != MPI_SUCCESS) fail(transfer.peer, code, "MPI_Isend");
  }
  return !commands.empty();
}

bool CommThread::takeMessages() {
  bool any = false;
  for (int i = 0; i < MESSAGES_AT_ONCE && !broken_; ++i) {
    int found = 0;
    MPI_Message message;
    MPI_Status status;
    const int code = MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &found, &message, &status);
    if (code != MPI_SUCCESS) return fail(-1, code, "MPI_Improbe");
    if (found == 0) return any;
    any = takeOne(&message, status);
  }
  return any;
}

bool CommThread::takeOne(MPI_Message* message, const MPI_Status& status) {
  int count = 0;
  MPI_Get_count(&status, MPI_BYTE, &count);
  if (count < 0 || count > MAX_MESSAGE_BYTES) {
    tell(EventKind::failed, status.MPI_SOURCE, {}, "sent a message of more than MAX_MESSAGE_BYTES");
    broken_ = true;
    return true;
  }
  Bytes bytes{std::unique_ptr<uint8_t[]>(new uint8_t[static_cast<size_t>(count)]), static_cast<size_t>(count)};
  receives_.push_back({MPI_REQUEST_NULL, status.MPI_SOURCE, status.MPI_TAG, std::move(bytes)});
  Transfer& transfer = receives_.back();
  const int code =
      MPI_Imrecv(transfer.bytes.data.get(), count, MPI_BYTE, message, &transfer.request);
  if (code != MPI_SUCCESS) fail(transfer.peer, code, "MPI_Imrecv");
  return true;
}

bool CommThread::progressSends() {
  const size_t before = sends_.size();
  const auto gone = std::remove_if(sends_.begin(), sends_.end(), [this](Transfer& transfer) {
    int done = 0;
    const int code = MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE);
    return code == MPI_SUCCESS ? done != 0 : fail(transfer.peer, code, "MPI_Test of a send");
  });
  sends_.erase(gone, sends_.end());
  return sends_.size() < before;
}

bool CommThread::progressReceives() {
  const size_t before = receives_.size();
  std::vector<int> waiting;
  const auto gone = std::remove_if(receives_.begin(), receives_.end(), [&](Transfer& transfer) {
    // A short message that follows a long one is whole before it; it must not overtake.
    if (std::find(waiting.begin(), waiting.end(), transfer.peer) != waiting.end()) return false;
    int done = 0;
    const int code = MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) return fail(transfer.peer, code, "MPI_Test of a receive");
    if (done != 0) {
      deliver(transfer);
    } else {
      waiting.push_back(transfer.peer);
    }
    return done != 0;
  });
  receives_.erase(gone, receives_.end());
  return receives_.size() < before;
}

void CommThread::deliver(Transfer& transfer) {
  if (transfer.tag == TAG_CLOSE) {
    ++closedPeers_;
    tell(EventKind::closed, transfer.peer);
  } else {
    tell(EventKind::arrived, transfer.peer, std::move(transfer.bytes));
  }
}

bool CommThread::finished() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return true;
    if (!closesSent_ || !commands_.empty()) return false;
  }
  if (!sends_.empty() || closedPeers_ < size_ - 1) return false;
  MPI_Finalize();
  return true;
}

void CommThread::rest(bool worked) {
  const auto now = steady_clock::now();
  if (worked) lastWork_ = now;
  const auto idle = std::chrono::duration_cast<microseconds>(now - lastWork_);
  if (idle < SPIN) {
    std::this_thread::yield();
    return;
  }
  const auto longest = sends_.empty() && receives_.empty() ? LONGEST_REST : BUSY_REST;
  const auto wanted = std::min(std::max(idle / REST_SHARE, SHORTEST_REST), longest);
  std::unique_lock<std::mutex> lock(mutex_);
  asked_.wait_for(lock, wanted, [this] { return isAsked(); });
}

bool CommThread::isAsked() {
  return !commands_.empty() || (closing_ && !closesSent_) || stopping_ || abortCode_ >= 0;
}

bool CommThread::fail(int peer, int code, const char* call) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  tell(EventKind::failed, peer, {}, std::string(call) + ": " + text);
  broken_ = true;
  return true;
}

void CommThread::tell(EventKind kind, int peer, Bytes bytes, std::string text) {
  auto event = std::make_unique<Event>();
  event->kind = kind;
  event->peer = peer;
  event->bytes = std::move(bytes);
  event->text = std::move(text);
  sink_(std::move(event));
}

}  // namespace dqrm
