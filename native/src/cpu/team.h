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

  using Task = void (*)(void *argument, int64_t from, int64_t to);

  /// Calls task(argument, from, to) for stretches that together are [0, count), on the caller and so many of the team's
  /// threads, `threads` in all or as many as there are, which are woken if they sleep; returns when all are done. Each
  /// thread begins with its own share of neighbours, the same in every run of as many, so that it finds in its caches
  /// what it left there; takes less and less of it at once; and then helps with the others'. task must not throw. All
  /// is one stretch of the calling thread when it is the only one, another thread is using the team, or count is 1.
  /// Allocates nothing. Gives the seconds that one thread would need for all, as the caller's part tells.
  double run(int64_t count, Task task, void *argument, int threads);

 private:
  struct Shared;
  void shutdown();
  std::unique_ptr<Shared> shared_;
};

}  // namespace nero
