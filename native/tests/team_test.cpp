// The threads of a context: all work once, no thread's share left to it alone, and nobody woken who is not asked for.
#include "cpu/team.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "check.h"

namespace {

using nero::Team;

void each_once(Team &team, int64_t count, int threads) {
  std::vector<std::atomic<int>> runs(static_cast<size_t>(count));
  const auto task = [](void *argument, int64_t from, int64_t to) {
    CHECK(from < to);
    for (int64_t i = from; i < to; i++) (*static_cast<std::vector<std::atomic<int>> *>(argument))[i]++;
  };
  team.run(count, task, &runs, threads);
  for (const std::atomic<int> &times : runs) CHECK(times == 1);
}

/// A stretch that waits for all others: what is left of its share is done by another thread, or this never ends.
void others_help(Team &team, int64_t count, int64_t slow) {
  struct Work {
    std::atomic<int64_t> done{0};
    int64_t count, slow;
  } work;
  work.count = count;
  work.slow = slow;
  const auto task = [](void *argument, int64_t from, int64_t to) {
    Work &w = *static_cast<Work *>(argument);
    const bool waits = from <= w.slow && w.slow < to;
    while (waits && w.done != w.count - (to - from)) std::this_thread::yield();
    w.done += to - from;
  };
  team.run(count, task, &work, team.threads());
  CHECK(work.done == count);
}

/// No stretch is so much of a share that a thread which is slowed down holds up the others for long.
void stretches_get_shorter(Team &team, int64_t count) {
  struct Work {
    std::atomic<int64_t> longest{0};
    std::atomic<int64_t> stretches{0};
  } work;
  const auto task = [](void *argument, int64_t from, int64_t to) {
    Work &w = *static_cast<Work *>(argument);
    int64_t longest = w.longest;
    while (longest < to - from && !w.longest.compare_exchange_weak(longest, to - from)) {
    }
    w.stretches++;
  };
  team.run(count, task, &work, team.threads());
  const int64_t share = count / team.threads();
  CHECK(work.longest <= share / 4 + 1);
  CHECK(work.stretches < count / 10);
}

/// Only so many threads take part as are asked for, and those do: each waits in its first stretch for all of them, or
/// this never ends.
void so_many_take_part(Team &team, int threads) {
  struct Work {
    int threads;
    std::mutex guard;
    std::set<std::thread::id> seen;
  } work;
  work.threads = threads;
  const auto task = [](void *argument, int64_t, int64_t) {
    Work &w = *static_cast<Work *>(argument);
    for (bool all = false; !all; std::this_thread::yield()) {
      std::lock_guard<std::mutex> lock(w.guard);
      w.seen.insert(std::this_thread::get_id());
      all = static_cast<int>(w.seen.size()) >= w.threads;
    }
  };
  const double seconds = team.run(1000, task, &work, threads);
  CHECK(static_cast<int>(work.seen.size()) == threads);
  CHECK(work.seen.count(std::this_thread::get_id()) == 1);
  CHECK(seconds > 0);
}

/// What one thread would need, not what all have needed; unless the others have done everything before the caller came.
void seconds_are_of_one_thread(Team &team) {
  constexpr double kEach = 1e-4;
  const auto task = [](void *, int64_t from, int64_t to) {
    std::this_thread::sleep_for(std::chrono::duration<double>(kEach * static_cast<double>(to - from)));
  };
  CHECK(team.run(100, task, nullptr, team.threads()) >= 100 * kEach / (team.threads() - 1));
}

/// One of them has the team; the other does its work alone.
void two_callers(Team &team) {
  std::thread other([&] {
    for (int i = 0; i < 200; i++) each_once(team, 50, team.threads());
  });
  for (int i = 0; i < 200; i++) each_once(team, 50, 1 + i % team.threads());
  other.join();
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 7}) {
    Team team(threads);
    CHECK(team.threads() == threads);
    for (int64_t count = 0; count < 40; count++) {
      for (int some = 1; some <= threads; some++) each_once(team, count, some);
    }
    each_once(team, 10000, threads);
    two_callers(team);
    if (threads == 1) continue;
    for (const int64_t slow : {0, 1, 50, 99}) others_help(team, 100, slow);
    stretches_get_shorter(team, 10000);
    for (int i = 0; i < 50; i++) so_many_take_part(team, 1 + i % threads);
    seconds_are_of_one_thread(team);
  }
  return nero_failures != 0;
}
