// One step of some parameters: passes over their ranges, dealt to a team, summed in range order.
#pragma once

#include "cpu/team.h"
#include "runtime/algorithm.h"
#include "runtime/plan.h"

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

struct Terms {
  nero_non_finite non_finite;
  double learning_rate;
  double gradient_scale;
};

class Stepper {
 public:
  Stepper(const Kernels &kernels, Team &team, const Algorithm &algorithm, Job *jobs, int64_t count,
          RangeResult *results);

  /// |g|^2 of all jobs, scaled; non-finite neurons are added up.
  double inspect(double gradient_scale, int64_t &non_finite);
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
  int64_t ranges_ = 0;
  int64_t elements_ = 0;
};

}  // namespace nero
