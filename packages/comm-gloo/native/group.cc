#include "group.h"

#include <gloo/transport/tcp/device.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace dqrm {
namespace {

/** What a peer that is alive takes to answer a farewell, and half of the second in which who outlives a cut link has to end. */
constexpr std::chrono::milliseconds kFarewellTime{500};

/** Slower networks than 4 MiB a second are not what gradients are sent through; it decides how long closing waits for what is queued. */
constexpr std::size_t kLeastBytesPerMs = 4096;

/** Gloo waits five times as long for a connection as for anything else. */
constexpr int kConnectFactor = 5;

std::shared_ptr<gloo::transport::Device> listen(const GroupOptions& options) {
  gloo::transport::tcp::attr attributes;
  attributes.hostname = options.host;
  attributes.iface = options.networkInterface;
  return gloo::transport::tcp::CreateDevice(attributes);
}

}  // namespace

Group::Group(const GroupOptions& options)
    : rank_(options.rank), size_(options.size), device_(listen(options)), addresses_(options.size) {
  for (auto& context : contexts_) {
    context = device_->createContext(rank_, size_);
    context->setTimeout(std::chrono::milliseconds(std::max(1, options.timeoutMs / kConnectFactor)));
    for (int peer = 0; peer < size_; peer++) {
      if (peer == rank_) continue;
      const std::vector<char> address = context->createPair(peer)->address().bytes();
      addresses_[peer].insert(addresses_[peer].end(), address.begin(), address.end());
    }
  }
}

Group::~Group() { abandon(); }

bool Group::connect(std::vector<std::vector<char>> addresses) {
  if (connecting_ || closing_) return false;
  connecting_ = true;
  connector_ = std::thread([this, addresses = std::move(addresses)] { connectAll(addresses); });
  return true;
}

void Group::connectAll(const std::vector<std::vector<char>>& addresses) noexcept {
  int peer = 0;
  try {
    for (; peer < size_; peer++) {
      if (peer != rank_) connectPairs(peer, addresses[peer]);
      if (stopping_) return;
    }
    const auto settled = [this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      settled_.notify_all();
    };
    for (peer = 0; peer < size_; peer++) {
      peers_.push_back(peer == rank_ ? nullptr
                                     : std::make_unique<Peer>(directionsTo(peer), peer, events_, lost_, settled));
    }
    for (const auto& each : peers_) {
      if (each != nullptr) each->start();
    }
    connected_ = true;
    events_.tell(EventKind::kConnected, rank_);
  } catch (const std::exception& error) {
    events_.tell(EventKind::kFailed, std::min(peer, size_ - 1), {}, error.what());
  }
}

/** Gloo refuses what is no address. */
void Group::connectPairs(int peer, const std::vector<char>& addresses) {
  const auto middle = addresses.begin() + static_cast<std::ptrdiff_t>(addresses.size() / 2);
  contexts_[0]->getPair(peer)->connect({addresses.begin(), middle});
  contexts_[1]->getPair(peer)->connect({middle, addresses.end()});
}

Directions Group::directionsTo(int peer) {
  return rank_ < peer ? Directions{*contexts_[0], *contexts_[1]} : Directions{*contexts_[1], *contexts_[0]};
}

bool Group::post(int peer, Bytes message) {
  if (!connected_ || closing_ || peer < 0 || peer >= size_ || peer == rank_) return false;
  peers_[peer]->post(std::move(message));
  return true;
}

void Group::close() {
  if (closing_) return;
  closing_ = true;
  if (connected_) {
    for (const auto& peer : peers_) {
      if (peer != nullptr) peer->sayGoodbye();
    }
  }
  closer_ = std::thread([this] {
    linger();
    stop();
    events_.tell(EventKind::kClosed, rank_);
  });
}

void Group::linger() noexcept {
  if (!connected_) return;
  std::size_t queued = 0;
  for (const auto& peer : peers_) queued += peer == nullptr ? 0 : peer->queuedBytes();
  const auto patience = kFarewellTime + std::chrono::milliseconds(queued / kLeastBytesPerMs);
  std::unique_lock<std::mutex> lock(mutex_);
  settled_.wait_for(lock, patience, [this] {
    return stopping_ || std::all_of(peers_.begin(), peers_.end(),
                                    [](const auto& peer) { return peer == nullptr || peer->isSettled(); });
  });
}

/** Closing the pairs ends a wait for a connection; once connected, the peers must be gone before the pairs are. */
void Group::stop() noexcept {
  beginStopping();
  if (!connected_) closePairs();
  if (connector_.joinable()) connector_.join();
  for (const auto& peer : peers_) {
    if (peer != nullptr) peer->stop();
  }
  closePairs();
}

void Group::beginStopping() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
  settled_.notify_all();
}

void Group::closePairs() noexcept {
  for (const auto& context : contexts_) {
    for (int peer = 0; peer < size_; peer++) {
      try {
        if (peer != rank_) context->getPair(peer)->close();
      } catch (const std::exception&) {
        // What cannot be closed now is closed when the context goes.
      }
    }
  }
}

void Group::abandon() noexcept {
  beginStopping();
  if (closer_.joinable()) {
    closer_.join();
  } else {
    stop();
  }
}

}  // namespace dqrm
