// Threads that wait for the next piece of work: they spin for a while, then sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace dqrm {

/** Runs one function on all of its threads, the caller's among them. One owner calls it at a time. */
class Pool {
 public:
  /** @param threads the caller's included; fewer come to be where the system refuses more (see threads()) */
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return threads_; }

  using Work = void (*)(void* context, int thread);
  /** Calls work(context, t) once for every thread t, and returns when all have returned. */
  void run(Work work, void* context);

  /**
   * Calls work(context, 0) here, and work(context, t) on every other thread t that begins before this one has returned;
   * returns when those have returned that began. For work that is there to be taken: whoever comes late finds none, and
   * is not waited for, however long the system lets it sleep.
   */
  void share(Work work, void* context);

  /** Inside of the work of `run`: waits until every thread has come here. */
  void barrier();

 private:
  void serve(int thread);
  std::uint32_t offer(Work work, void* context);
  void awaitFinished(std::uint32_t target);
  void awaitChange(std::atomic<std::uint32_t>& value, std::uint32_t seen);
  void changeAndWake(std::atomic<std::uint32_t>& value);

  int threads_;
  /** The round that each thread may begin, as offerOf says; taken by the thread that does, or back by the owner. */
  std::unique_ptr<std::atomic<std::uint64_t>[]> offers_;
  std::vector<std::thread> others_;
  // Each on a cache line of its own: a spinning reader must not slow the writer of another.
  alignas(64) std::atomic<std::uint32_t> round_{0};
  alignas(64) std::atomic<std::uint32_t> finished_{0};
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> barriers_{0};
  alignas(64) std::atomic<std::uint32_t> sleepers_{0};
  alignas(64) Work work_ = nullptr;
  void* context_ = nullptr;
  std::atomic<bool> ending_{false};
};

}  // namespace dqrm
