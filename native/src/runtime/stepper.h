// One step of some parameters: passes over their ranges, dealt to a team, summed in range order.
#pragma once

#include "cpu/team.h"
#include "runtime/algorithm.h"
#include "runtime/plan.h"
#include "runtime/terms.h"

namespace nero {

/// What one range summed.
struct RangeResult {
  TensorSums sums;
  double gradient_norm2;
  int64_t non_finite;
};

/// A slot's share of a step; ranges of all jobs are numbered through from first.
struct alignas(64) Job {
  Tensor tensor;
  Slot *slot;
  Cut cut;
  int64_t first = 0;
  int64_t group = 0;   ///< the first one, of the first job of a batch
  bool alike = false;  ///< to the job before: the same factors and layout
  bool flat = false;   ///< columns that may be stepped as memory lies, where no neuron must rest
};

/// weights and gradients instead of the slot's own.
Job make_job(Slot &slot, float *weights, const float *gradients, nero_non_finite policy);

/// Ranges that are dealt together: those from range on, the first of them of job.
struct Group {
  int64_t range;
  int64_t job;
  Tally tally;  ///< of all that was taken at once from this group on
};

/// Jobs and how their ranges are dealt: the same for every step.
struct Plan {
  Job *jobs;
  int64_t count;
  Group *groups;
  int64_t group_count;
  int64_t ranges;
  int64_t elements;
  bool flat;  ///< some jobs are
};

/// Numbers the ranges of jobs, and fills groups, which has room for as many as there are ranges.
Plan laid_out(const Algorithm &algorithm, Job *jobs, int64_t count, Group *groups);

/// Computes what a job's slot and kernels need for the step that makes its slot's the given number. before: the job
/// before it, prepared in this step, or null.
void prepare(const Algorithm &algorithm, Job &job, const Job *before, const Terms &terms, int64_t step);

class Stepper {
 public:
  /// results has room for as many as the jobs have ranges.
  Stepper(const Kernels &kernels, Team &team, const Algorithm &algorithm, const Plan &plan, RangeResult *results)
      : kernels_(kernels), team_(team), algorithm_(algorithm), plan_(plan), results_(results) {}

  /// Sets each slot's gradient_norm2, |g|^2 scaled; gives the number of neurons that are not finite.
  int64_t inspect(double gradient_scale);
  /// Both passes. Jobs must be prepared.
  Tally step();

 private:
  /// Over the ranges of the jobs [from, to), which are whole batches. kJoin: neighbours are given to task as one range,
  /// and it gives no result of it.
  template <bool kJoin, class Task>
  void each_range(int64_t from, int64_t to, const Task &task);
  int64_t group(int64_t job) const;
  /// In the jobs [from, to), which are whole batches, and in this step.
  bool met_non_finite(int64_t from, int64_t to) const;
  /// In the flat ones among the jobs [from, to), which are a batch: looks at their gradients.
  bool foresees_non_finite(int64_t from, int64_t to);
  TensorSums sums(const Job &job) const;
  void one_pass();
  void two_passes();

  const Kernels &kernels_;
  Team &team_;
  const Algorithm &algorithm_;
  const Plan &plan_;
  RangeResult *results_;
};

}  // namespace nero
