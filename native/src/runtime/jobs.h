// What a step does to its parameters, laid out once: jobs, those that one call may step, and what threads take.
#pragma once

#include "runtime/algorithm.h"
#include "runtime/plan.h"
#include "runtime/terms.h"

namespace nero {

/// A slot's share of a step; ranges of all jobs are numbered through from first. Where there are thousands of small
/// ones, a step of one pass reads the first of a series alone, unless it looks at gradients first.
struct alignas(64) Job {
  Tensor tensor;
  Slot *slot;
  Cut cut;
  Item *item = nullptr;
  int64_t first = 0;
  int64_t group = 0;   ///< the first one, of the first job of a batch
  int64_t behind = 0;  ///< the job behind the batch, of its first job
  int64_t series = 1;  ///< jobs from this one on that one call may step: of one range each and alike, of adjacent slots
  bool joins = false;  ///< might be in one series with the job before, were that not long enough
  bool flat = false;   ///< columns that may be stepped as memory lies, where no neuron must rest
  const Job *like = nullptr;  ///< an earlier job, first of its series, of the same factors and layout

  // Of the step under way.
  const AnyStep *by = nullptr;
  int64_t together = 1;  ///< jobs of the series that stand at the same step, from this one on

  bool whole() const { return cut.ranges == 1; }
};

/// weights and gradients instead of the slot's own.
Job make_job(Slot &slot, float *weights, const float *gradients, nero_non_finite policy);

/// Ranges that are dealt together: those from range on, the first of them of job.
struct Group {
  int64_t range;
  int64_t job;
  Tally tally;  ///< of all that was taken at once from this group on
};

/// Jobs and how their ranges are dealt: the same for every step. A batch of jobs is stepped together: all, but where a
/// pass is to find in cache what the one before it has read, or has looked at.
struct Plan {
  Job *jobs;
  int64_t count;
  int64_t split;  ///< jobs of several ranges, or none
  Group *groups;
  int64_t group_count;
  int64_t ranges;
  int64_t elements;
  double seconds;  ///< that one thread is expected to need for a step
  double worked;   ///< that one thread would have needed so far, in the step under way
};

/// Tensors that have both passes on a stack.
constexpr int64_t kMostInSeries = kGroupElements / 64;

/// Numbers the ranges of jobs, fills items, one for each, and groups, which has room for as many as there are ranges.
Plan laid_out(const Algorithm &algorithm, Job *jobs, Item *items, int64_t count, Group *groups);

/// Computes what the kernels of a job, and of all that are together with it, need for the step of this number. like:
/// one of the same factors and layout that is prepared for a step of the same number, or null.
void prepare(const Algorithm &algorithm, Job &job, const Job *like, const Terms &terms, int64_t step);

}  // namespace nero
