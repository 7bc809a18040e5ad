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

inline void breathe() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

template <class Condition>
bool spin_until(const Condition &condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < 32; i++) {
      if (condition()) return true;
      breathe();
    }
  } while (std::chrono::steady_clock::now() < until);
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

  std::mutex in_use;  // held by the thread whose work the team does
  std::mutex guard;   // of joining and leaving a round, and of the conditions
  std::condition_variable work_came;
  std::condition_variable work_ended;
  std::atomic<uint64_t> round{0};
  std::atomic<bool> stop{false};
  std::atomic<int> joined{0};  // workers inside the round
  bool open = false;           // a worker that wakes too late for a round must not hold it up: it may not join any more

  Task task = nullptr;
  void *argument = nullptr;
  std::vector<Share> shares;  // one for each thread, the caller's first

  std::vector<std::thread> workers;

  void deal(int64_t count) {
    const auto threads = static_cast<int64_t>(shares.size());
    const auto start = [&](int64_t k) { return count / threads * k + std::min(k, count % threads); };
    for (int64_t k = 0; k < threads; k++) {
      shares[k].next.store(start(k));
      shares[k].end = start(k + 1);
    }
  }

  /// A thread's own share, then what is left of the others'.
  void drain(size_t own) {
    for (size_t k = 0; k < shares.size(); k++) {
      Share &share = shares[(own + k) % shares.size()];
      for (Stretch s = share.take(); s.from < s.to; s = share.take()) task(argument, s.from, s.to);
    }
  }

  void work(size_t own) {
    uint64_t seen = 0;
    for (;;) {
      const auto news = [&] { return round.load() != seen || stop.load(); };
      spin_until(news);
      {
        std::unique_lock<std::mutex> lock(guard);
        work_came.wait(lock, news);
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
  shared->workers.resize(workers);
  try {
    for (size_t k = 0; k < workers; k++) shared->workers[k] = std::thread([shared, k] { shared->work(k + 1); });
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
  shared_->work_came.notify_all();
  for (std::thread &worker : shared_->workers) {
    if (worker.joinable()) worker.join();
  }
}

int Team::threads() const { return static_cast<int>(shared_->workers.size()) + 1; }

void Team::run(int64_t count, Task task, void *argument) {
  Shared &s = *shared_;
  std::unique_lock<std::mutex> use(s.in_use, std::defer_lock);
  if (count <= 1 || s.workers.empty() || !use.try_lock()) {
    if (count > 0) task(argument, 0, count);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(s.guard);
    s.task = task;
    s.argument = argument;
    s.deal(count);
    s.open = true;
    s.round.fetch_add(1);
  }
  s.work_came.notify_all();
  s.drain(0);
  {
    std::lock_guard<std::mutex> lock(s.guard);
    s.open = false;
  }
  const auto alone = [&] { return s.joined.load() == 0; };
  spin_until(alone);
  std::unique_lock<std::mutex> lock(s.guard);
  s.work_ended.wait(lock, alone);
}

}  // namespace nero
