#include "pool.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <chrono>
#include <system_error>

namespace dqrm {
namespace {

/** About a tenth of a millisecond: longer than the gap between two steps, shorter than a wake-up costs. */
constexpr int kSpins = 4000;

constexpr std::uint64_t kNoOffer = 0;

/** Differs from no offer whatever the round, whose number begins anew after 2^32. */
constexpr std::uint64_t offerOf(std::uint32_t round) { return std::uint64_t{1} << 32 | round; }

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void Pool::awaitChange(std::atomic<std::uint32_t>& value, std::uint32_t seen) {
  for (int spin = 0; spin < kSpins; spin++) {
    if (value.load(std::memory_order_acquire) != seen) return;
    relax();
  }
  // Announced before the word is compared again, so that whoever changes it afterwards sees a sleeper to wake.
  sleepers_.fetch_add(1);
  while (value.load() == seen) {
#if defined(__linux__)
    static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t), "a futex is one plain word");
    syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&value), FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
#else
    std::this_thread::sleep_for(std::chrono::microseconds(50));
#endif
  }
  sleepers_.fetch_sub(1);
}

void Pool::changeAndWake(std::atomic<std::uint32_t>& value) {
  value.fetch_add(1);
#if defined(__linux__)
  if (sleepers_.load() == 0) return;
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&value), FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
#endif
}

Pool::Pool(int threads) : threads_(1), offers_(new std::atomic<std::uint64_t>[threads > 1 ? threads : 1]) {
  for (int t = 0; t < (threads > 1 ? threads : 1); t++) offers_[t].store(kNoOffer, std::memory_order_relaxed);
  for (int t = 1; t < threads; t++) {
    try {
      others_.emplace_back([this, t] { serve(t); });
    } catch (const std::system_error&) {
      break;
    }
    threads_ = t + 1;
  }
}

Pool::~Pool() {
  ending_.store(true);
  changeAndWake(round_);
  for (std::thread& thread : others_) thread.join();
}

void Pool::serve(int thread) {
  std::uint32_t seen = 0;
  for (;;) {
    awaitChange(round_, seen);
    seen = round_.load(std::memory_order_acquire);
    if (ending_.load()) return;
    std::uint64_t offered = offerOf(seen);
    if (!offers_[thread].compare_exchange_strong(offered, kNoOffer)) continue;
    work_(context_, thread);
    changeAndWake(finished_);
  }
}

/** Begins a round, and gives its number. */
std::uint32_t Pool::offer(Work work, void* context) {
  work_ = work;
  context_ = context;
  const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
  for (int t = 1; t < threads_; t++) offers_[t].store(offerOf(round), std::memory_order_relaxed);
  changeAndWake(round_);
  return round;
}

void Pool::awaitFinished(std::uint32_t target) {
  for (std::uint32_t done = finished_.load(std::memory_order_acquire); done != target;
       done = finished_.load(std::memory_order_acquire)) {
    awaitChange(finished_, done);
  }
}

void Pool::run(Work work, void* context) {
  if (threads_ == 1) {
    work(context, 0);
    return;
  }
  const std::uint32_t finished = finished_.load(std::memory_order_relaxed);
  offer(work, context);
  work(context, 0);
  awaitFinished(finished + static_cast<std::uint32_t>(threads_ - 1));
}

void Pool::share(Work work, void* context) {
  if (threads_ == 1) {
    work(context, 0);
    return;
  }
  const std::uint32_t finished = finished_.load(std::memory_order_relaxed);
  const std::uint32_t round = offer(work, context);
  work(context, 0);
  std::uint32_t begun = 0;
  for (int t = 1; t < threads_; t++) {
    std::uint64_t offered = offerOf(round);
    if (!offers_[t].compare_exchange_strong(offered, kNoOffer)) begun++;
  }
  awaitFinished(finished + begun);
}

void Pool::barrier() {
  if (threads_ == 1) return;
  const std::uint32_t generation = barriers_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<std::uint32_t>(threads_)) {
    arrived_.store(0, std::memory_order_relaxed);
    changeAndWake(barriers_);
    return;
  }
  awaitChange(barriers_, generation);
}

}  // namespace dqrm
