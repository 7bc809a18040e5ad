// One step of some parameters: passes over their ranges, dealt to a team, summed in range order.
#pragma once

#include "cpu/team.h"
#include "runtime/jobs.h"

namespace nero {

/// What one range summed.
struct RangeResult {
  TensorSums sums;
  double gradient_norm2;
  int64_t non_finite;
};

class Stepper {
 public:
  /// results has room for as many as the jobs have ranges.
  Stepper(const Kernels &kernels, Team &team, const Algorithm &algorithm, Plan &plan, RangeResult *results)
      : kernels_(kernels), team_(team), algorithm_(algorithm), plan_(plan), results_(results) {}

  /// Sets each slot's gradient_norm2, |g|^2 scaled; gives the number of neurons that are not finite.
  int64_t inspect(double gradient_scale);
  /// Both passes. Jobs must be prepared.
  Tally step();

 private:
  /// How ranges are given to a task.
  enum class Deal {
    kRanges,  ///< one by one
    kSeries,  ///< but for jobs that are together
    kJoined   ///< and neighbours as one range; the task gives no result of it
  };
  /// Over the ranges of the jobs [from, to), which are whole batches.
  template <Deal kDeal, class Task>
  void each_range(int64_t from, int64_t to, const Task &task);
  int64_t group(int64_t job) const;
  /// That are worth waking.
  int threads() const;
  /// In the jobs [from, to), which are whole batches, and in this step.
  bool met_non_finite(int64_t from, int64_t to) const;
  bool any_flat(int64_t from, int64_t to) const;
  /// In the flat ones among the jobs [from, to), which are a batch: looks at their gradients.
  bool foresees_non_finite(int64_t from, int64_t to);
  void both_passes(const Job &job, const Series &series, Range range, Tally &tally);
  TensorSums sums(const Job &job) const;
  void one_pass();
  void two_passes();
  /// Over the jobs [from, to), which are a batch, or all.
  void two_passes(int64_t from, int64_t to);

  const Kernels &kernels_;
  Team &team_;
  const Algorithm &algorithm_;
  Plan &plan_;
  RangeResult *results_;
};

}  // namespace nero
