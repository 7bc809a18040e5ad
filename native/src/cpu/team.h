// The threads of a context. OpenMP's runtimes spin at barriers for milliseconds when a neighbour is busy, cannot be
// seen by ThreadSanitizer, and are one more library for a user to have; a step needs only this much of them.
#pragma once

#include <cstdint>
#include <memory>

namespace nero {

class Team {
 public:
  explicit Team(int threads);
  ~Team();
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;

  int threads() const;

  /// Calls task(argument, i) once for each i in [0, count), on the team's threads and the caller's; returns when all
  /// are done. Each thread begins with its own share of neighbours, the same in every run of as many tasks, so that it
  /// finds in its caches what it left there, and then helps with the others'. task must not throw. Runs on the calling
  /// thread alone when another thread is using the team, or count is 1. Allocates nothing.
  void run(int64_t count, void (*task)(void *argument, int64_t index), void *argument);

 private:
  struct Shared;
  void shutdown();
  std::unique_ptr<Shared> shared_;
};

}  // namespace nero
