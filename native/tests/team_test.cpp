// The threads of a context: all work once, and no thread's share left to it alone.
#include "cpu/team.h"

#include <atomic>
#include <thread>
#include <vector>

#include "check.h"

namespace {

using nero::Team;

void each_once(Team &team, int64_t count) {
  std::vector<std::atomic<int>> runs(static_cast<size_t>(count));
  const auto task = [](void *argument, int64_t from, int64_t to) {
    CHECK(from < to);
    for (int64_t i = from; i < to; i++) (*static_cast<std::vector<std::atomic<int>> *>(argument))[i]++;
  };
  team.run(count, task, &runs);
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
  team.run(count, task, &work);
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
  team.run(count, task, &work);
  const int64_t share = count / team.threads();
  CHECK(work.longest <= share / 4 + 1);
  CHECK(work.stretches < count / 10);
}

/// One of them has the team; the other does its work alone.
void two_callers(Team &team) {
  std::thread other([&] {
    for (int i = 0; i < 200; i++) each_once(team, 50);
  });
  for (int i = 0; i < 200; i++) each_once(team, 50);
  other.join();
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 7}) {
    Team team(threads);
    CHECK(team.threads() == threads);
    for (int64_t count = 0; count < 40; count++) each_once(team, count);
    each_once(team, 10000);
    two_callers(team);
    if (threads == 1) continue;
    for (const int64_t slow : {0, 1, 50, 99}) others_help(team, 100, slow);
    stretches_get_shorter(team, 10000);
  }
  return nero_failures != 0;
}
