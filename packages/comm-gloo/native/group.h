// One end of a group: gloo's device and pairs, and a peer for each other rank.
#pragma once

#include <gloo/transport/context.h>
#include <gloo/transport/device.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "events.h"
#include "peer.h"

namespace dqrm {

/** Where an end listens, and how long it waits for the others. */
struct GroupOptions {
  int rank;
  int size;
  /** An address of this machine; empty where an interface is named. */
  std::string host;
  std::string networkInterface;
  int timeoutMs;
};

/** All functions but those that say otherwise are called on the thread of JavaScript. */
class Group {
 public:
  /** Listens for the others. @throws std::exception when this machine has no such address or interface */
  explicit Group(const GroupOptions& options);
  ~Group();

  Events& events() { return events_; }
  /** What each other rank needs in order to connect to this end, two addresses of one length; empty for this end. */
  const std::vector<std::vector<char>>& addresses() const { return addresses_; }
  int size() const { return size_; }
  /** Connects to every other end, on a thread of its own, and tells how that went; false when it was called before. */
  bool connect(std::vector<std::vector<char>> addresses);
  /** False when there is no such peer, or the group is not connected. */
  bool post(int peer, Bytes message);
  /** Tells the others, waits a while until they know, and tells that it is closed. */
  void close();
  /** Ends everything at once. Any thread but the group's own. */
  void abandon() noexcept;

 private:
  void connectAll(const std::vector<std::vector<char>>& addresses) noexcept;
  void connectPairs(int peer, const std::vector<char>& addresses);
  Directions directionsTo(int peer);
  void linger() noexcept;
  void stop() noexcept;
  void beginStopping() noexcept;
  void closePairs() noexcept;

  const int rank_;
  const int size_;
  Events events_;
  std::shared_ptr<gloo::transport::Device> device_;
  /** The first carries what goes from lower ranks to higher ones, the second what goes back. */
  std::array<std::shared_ptr<gloo::transport::Context>, 2> contexts_;
  std::vector<std::vector<char>> addresses_;
  std::atomic<std::int64_t> lost_{kNobody};
  std::vector<std::unique_ptr<Peer>> peers_;
  std::atomic<bool> connected_{false};
  std::atomic<bool> stopping_{false};
  bool connecting_ = false;
  bool closing_ = false;
  std::mutex mutex_;
  std::condition_variable settled_;
  std::thread connector_;
  std::thread closer_;
};

}  // namespace dqrm
