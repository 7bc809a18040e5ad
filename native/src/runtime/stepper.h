// One step of some parameters: passes over their ranges, dealt to a team, summed in range order.
#pragma once

#include "cpu/team.h"
#include "runtime/algorithm.h"
#include "runtime/plan.h"
#include "runtime/terms.h"

namespace nero {

/// What one range met and summed.
struct RangeResult {
  Tally tally;
  TensorSums sums;
  double gradient_norm2;
  int64_t non_finite;
};

/// A slot's share of a step; ranges of all jobs are numbered through from first.
struct Job {
  Slot *slot;
  float *weights;
  const float *gradients;
  Cut cut;
  int64_t first;
};

/// Ranges that are dealt together: those from range on, the first of them of job.
struct Group {
  int64_t range;
  int64_t job;
};

class Stepper {
 public:
  /// results and groups have room for as many as the jobs have ranges.
  Stepper(const Kernels &kernels, Team &team, const Algorithm &algorithm, Job *jobs, int64_t count,
          RangeResult *results, Group *groups);

  /// Sets each slot's gradient_norm2, |g|^2 scaled; gives the number of neurons that are not finite.
  int64_t inspect(double gradient_scale);
  /// Both passes. Slots' steps must be prepared.
  Tally step(nero_non_finite policy);

 private:
  template <class Task>
  void each_range(const Task &task);
  static Tensor tensor(const Job &job, nero_non_finite policy);

  const Kernels &kernels_;
  Team &team_;
  const Algorithm &algorithm_;
  Job *jobs_;
  int64_t count_;
  RangeResult *results_;
  Group *groups_;
  int64_t group_count_ = 0;
  int64_t ranges_ = 0;
  int64_t elements_ = 0;
};

}  // namespace nero
