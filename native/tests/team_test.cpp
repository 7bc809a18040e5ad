// The threads of a context: every task once, and no thread's share left to it alone.
#include "cpu/team.h"

#include <atomic>
#include <thread>
#include <vector>

#include "check.h"

namespace {

using nero::Team;

void each_task_once(Team &team, int64_t count) {
  std::vector<std::atomic<int>> runs(static_cast<size_t>(count));
  team.run(
      count, [](void *argument, int64_t i) { (*static_cast<std::vector<std::atomic<int>> *>(argument))[i]++; }, &runs);
  for (const std::atomic<int> &times : runs) CHECK(times == 1);
}

/// A task that waits for all others: those of its own share are done by another thread, or this never ends.
void others_help(Team &team, int64_t count, int64_t slow) {
  struct Work {
    std::atomic<int64_t> done{0};
    int64_t others, slow;
  } work;
  work.others = count - 1;
  work.slow = slow;
  const auto task = [](void *argument, int64_t i) {
    Work &w = *static_cast<Work *>(argument);
    while (i == w.slow && w.done != w.others) std::this_thread::yield();
    w.done++;
  };
  team.run(count, task, &work);
  CHECK(work.done == count);
}

/// One of them has the team; the other does its work alone.
void two_callers(Team &team) {
  std::thread other([&] {
    for (int i = 0; i < 200; i++) each_task_once(team, 50);
  });
  for (int i = 0; i < 200; i++) each_task_once(team, 50);
  other.join();
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 7}) {
    Team team(threads);
    CHECK(team.threads() == threads);
    for (int64_t count = 0; count < 40; count++) each_task_once(team, count);
    each_task_once(team, 10000);
    two_callers(team);
    if (threads == 1) continue;
    for (const int64_t slow : {0, 1, 50, 99}) others_help(team, 100, slow);
  }
  return nero_failures != 0;
}
