#include "cpu/team.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nero {

namespace {

/// How long a thread looks for news before it sleeps: longer than a wake-up costs, too short for a neighbour to mind.
constexpr std::chrono::microseconds kPatience{5};

using Clock = std::chrono::steady_clock;

inline void breathe() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

template <class Condition>
bool spin_until(const Condition &condition) {
  const auto until = Clock::now() + kPatience;
  do {
    for (int i = 0; i < 32; i++) {
      if (condition()) return true;
      breathe();
    }
  } while (Clock::now() < until);
  return condition();
}

/// A thread takes one of so many parts of what is left of a share: long stretches, for the ends of each cost time, and
/// short ones when others are about to be done, so that nobody waits long for the last.
constexpr int64_t kParts = 4;

}  // namespace

struct Team::Shared {
  struct Stretch {
    int64_t from, to;
  };

  /// [next, end) is one thread's to begin with.
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;

    /// A part of what is left; empty if nothing is.
    Stretch take() {
      int64_t from = next.load();
      int64_t to;
      do {
        if (from == end) return {end, end};
        to = from + (end - from + kParts - 1) / kParts;
      } while (!next.compare_exchange_weak(from, to));
      return {from, to};
    }
  };

  struct Worker {
    std::thread thread;
    std::condition_variable work_came;
  };

  std::mutex in_use;  // held by the thread whose work the team does
  std::mutex guard;   // of joining and leaving a round, and of the conditions
  std::condition_variable work_ended;
  std::atomic<uint64_t> round{0};
  std::atomic<size_t> invited{0};  // so many workers, the first ones, are of the round
  std::atomic<bool> stop{false};
  std::atomic<int> joined{0};  // workers inside the round
  bool open = false;           // a worker that wakes too late for a round must not hold it up: it may not join any more

  Task task = nullptr;
  void *argument = nullptr;
  std::vector<Share> shares;  // one for each thread, the caller's first

  std::vector<Worker> workers;

  /// To the caller and those who are invited.
  void deal(int64_t count) {
    const auto threads = static_cast<int64_t>(invited.load()) + 1;
    const auto start = [&](int64_t k) { return count / threads * k + std::min(k, count % threads); };
    for (int64_t k = 0; k < static_cast<int64_t>(shares.size()); k++) {
      shares[k].next.store(k < threads ? start(k) : count);
      shares[k].end = k < threads ? start(k + 1) : count;
    }
  }

  /// A thread's own share, then what is left of the others'; gives how many it did.
  int64_t drain(size_t own) {
    int64_t done = 0;
    for (size_t k = 0; k < shares.size(); k++) {
      Share &share = shares[(own + k) % shares.size()];
      for (Stretch s = share.take(); s.from < s.to; s = share.take()) {
        task(argument, s.from, s.to);
        done += s.to - s.from;
      }
    }
    return done;
  }

  void work(size_t own) {
    uint64_t seen = 0;
    for (;;) {
      // Who is not invited does not stay awake for it.
      const auto news = [&] { return (round.load() != seen && own <= invited.load()) || stop.load(); };
      spin_until(news);
      {
        std::unique_lock<std::mutex> lock(guard);
        workers[own - 1].work_came.wait(lock, news);
        if (stop.load()) return;
        seen = round.load();
        if (!open) continue;
        joined.fetch_add(1);
      }
      drain(own);
      std::lock_guard<std::mutex> lock(guard);
      if (joined.fetch_sub(1) == 1) work_ended.notify_one();
    }
  }
};

Team::Team(int threads) : shared_(new Shared) {
  Shared *shared = shared_.get();
  const size_t workers = threads > 1 ? static_cast<size_t>(threads - 1) : 0;
  shared->shares = std::vector<Shared::Share>(workers + 1);
  shared->workers = std::vector<Shared::Worker>(workers);
  try {
    for (size_t k = 0; k < workers; k++) shared->workers[k].thread = std::thread([shared, k] { shared->work(k + 1); });
  } catch (...) {
    shutdown();
    throw;
  }
}

Team::~Team() { shutdown(); }

void Team::shutdown() {
  {
    std::lock_guard<std::mutex> lock(shared_->guard);
    shared_->stop.store(true);
  }
  for (Shared::Worker &worker : shared_->workers) worker.work_came.notify_one();
  for (Shared::Worker &worker : shared_->workers) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

int Team::threads() const { return static_cast<int>(shared_->workers.size()) + 1; }

double Team::run(int64_t count, Task task, void *argument, int threads) {
  Shared &s = *shared_;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto called = Clock::now();
  std::unique_lock<std::mutex> use(s.in_use, std::defer_lock);
  if (count <= 1 || threads <= 1 || s.workers.empty() || !use.try_lock()) {
    if (count > 0) task(argument, 0, count);
    return seconds_since(called);
  }
  {
    std::lock_guard<std::mutex> lock(s.guard);
    s.task = task;
    s.argument = argument;
    s.invited.store(std::min({s.workers.size(), static_cast<size_t>(threads - 1), static_cast<size_t>(count - 1)}));
    s.deal(count);
    s.open = true;
    s.round.fetch_add(1);
  }
  for (size_t k = 0; k < s.invited.load(); k++) s.workers[k].work_came.notify_one();
  const auto woken = Clock::now();
  const int64_t done = s.drain(0);
  const double took = seconds_since(woken);
  {
    std::lock_guard<std::mutex> lock(s.guard);
    s.open = false;
  }
  const auto alone = [&] { return s.joined.load() == 0; };
  spin_until(alone);
  std::unique_lock<std::mutex> lock(s.guard);
  s.work_ended.wait(lock, alone);
  // Where others have done everything, they were all at it for as long as this took.
  return done > 0 ? took / static_cast<double>(done) * static_cast<double>(count)
                  : seconds_since(called) * static_cast<double>(s.invited.load());
}

}  // namespace nero
