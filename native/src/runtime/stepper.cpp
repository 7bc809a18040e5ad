#include "runtime/stepper.h"

#include <algorithm>
#include <cmath>

#include "runtime/failure.h"

namespace nero {

Terms checked_terms(double learning_rate, double gradient_scale, nero_non_finite non_finite) {
  require_range("learning_rate", learning_rate, 0, NERO_MAX_LEARNING_RATE);
  if (!(std::fabs(gradient_scale) <= 1e30 && std::fabs(gradient_scale) >= 1e-30)) {
    throw Failure(NERO_ERROR_ARGUMENT,
                  text("gradient_scale is %g, its magnitude must be within 1e-30 and 1e30", gradient_scale));
  }
  return {non_finite, learning_rate, gradient_scale};
}

namespace {

/// Tensors between that which is stepped and that which is fetched: no processor foresees where the next one lies.
constexpr int64_t kJobsAhead = 2;

void fetch_start(const Tensor &t) {
  for (int64_t at = 0; at < 256; at += 64) {
    __builtin_prefetch(static_cast<const char *>(t.gradients) + at);
    __builtin_prefetch(static_cast<const char *>(t.weights) + at, 1);
  }
}

}  // namespace

/// The first group of job's batch, or the end of all.
int64_t Stepper::group(int64_t job) const { return job < plan_.count ? plan_.jobs[job].group : plan_.group_count; }

template <Stepper::Deal kDeal, class Task>
void Stepper::each_range(int64_t from, int64_t to, const Task &task) {
  const int64_t first = group(from);
  const int64_t count = group(to) - first;
  struct Dealt {
    const Stepper *stepper;
    const Task *task;
    int64_t first;
  } dealt{this, &task, first};
  const auto take = [](void *argument, int64_t from, int64_t to) {
    const Dealt &d = *static_cast<const Dealt *>(argument);
    const Plan &plan = d.stepper->plan_;
    const int64_t behind = d.first + to;
    Group &group = plan.groups[d.first + from];
    const int64_t end = behind < plan.group_count ? plan.groups[behind].range : plan.ranges;
    const Job *job = plan.jobs + group.job;
    const Job *const last = plan.jobs + plan.count - 1;
    Tally tally = group.tally;
    for (int64_t range = group.range; range < end;) {
      while (range - job->first >= job->cut.ranges) job++;
      int64_t tensors = 1;
      int64_t next = range + 1;
      if (kDeal != Deal::kRanges && job->whole()) {
        tensors = job->together;
        if (kDeal == Deal::kJoined) {
          while (range + tensors < end && job[tensors].joins && job[tensors].by == job->by) {
            tensors += job[tensors].together;
          }
        }
        next = range + tensors;
      } else if (kDeal == Deal::kJoined) {
        next = std::min(end, job->first + job->cut.ranges);
      }
      if (tensors == 1 && last - job >= kJobsAhead) fetch_start(job[kJobsAhead].tensor);
      const int64_t last_of_first = std::min(next, job->first + job->cut.ranges) - job->first;
      const Series series = {job->tensor, job->item, tensors};
      (*d.task)(*job, series, job->cut.span(range - job->first, last_of_first, job->tensor.neurons),
                d.stepper->results_[range], tally);
      range = next;
      job += tensors - 1;
    }
    group.tally = tally;
  };
  if (plan_.elements > kSmallModel && team_.threads() > 1) {
    plan_.worked += team_.run(count, take, &dealt, threads());
  } else if (count > 0) {
    take(&dealt, 0, count);
  }
}

/// A thread that sleeps begins 8 to 17 us after it is woken, and waking it takes some of the caller's time. One answer
/// for all passes: what one thread has changed in its cache is slow to reach for another.
int Stepper::threads() const {
  constexpr double kWorthWaking = 20e-6;
  return static_cast<int>(std::clamp(plan_.seconds / kWorthWaking, 1.0, static_cast<double>(team_.threads())));
}

int64_t Stepper::inspect(double gradient_scale) {
  plan_.worked = 0;
  each_range<Deal::kRanges>(
      0, plan_.count, [&](const Job &job, const Series &, Range range, RangeResult &result, Tally &) {
        kernels_.inspect_gradients(job.tensor, gradient_scale, range, result.gradient_norm2, result.non_finite);
      });
  int64_t non_finite = 0;
  for (int64_t i = 0; i < plan_.count; i++) {
    const Job &job = plan_.jobs[i];
    double sum = 0;
    const RangeResult *end = results_ + job.first + job.cut.ranges;
    for (const RangeResult *part = results_ + job.first; part < end; part++) {
      sum += part->gradient_norm2;
      non_finite += part->non_finite;
    }
    job.slot->gradient_norm2 = sum;
  }
  return non_finite;
}

TensorSums Stepper::sums(const Job &job) const {
  TensorSums total = {};
  for (int64_t k = 0; k < job.cut.ranges; k++) {
    const TensorSums &part = results_[job.first + k].sums;
    total.weights += part.weights;
    total.update += part.update;
    total.product += part.product;
  }
  return total;
}

bool Stepper::met_non_finite(int64_t from, int64_t to) const {
  return std::any_of(plan_.groups + group(from), plan_.groups + group(to),
                     [](const Group &g) { return g.tally.non_finite != 0; });
}

bool Stepper::any_flat(int64_t from, int64_t to) const {
  return plan_.split > 0 && std::any_of(plan_.jobs + from, plan_.jobs + to, [](const Job &job) { return job.flat; });
}

bool Stepper::foresees_non_finite(int64_t from, int64_t to) {
  // Where one skips the step there is none by now.
  if (plan_.jobs[from].tensor.non_finite == NERO_NON_FINITE_SKIP_STEP) return false;
  each_range<Deal::kRanges>(from, to, [&](const Job &job, const Series &, Range range, RangeResult &result, Tally &) {
    result.non_finite = job.flat && !kernels_.finite_gradients(job.tensor, range) ? 1 : 0;
  });
  const int64_t end = to < plan_.count ? plan_.jobs[to].first : plan_.ranges;
  return std::any_of(results_ + plan_.jobs[from].first, results_ + end,
                     [](const RangeResult &r) { return r.non_finite != 0; });
}

namespace {

/// Calls pass(series, range) for a flat job's range as if it lay in rows, whose neurons mean nothing then.
template <class Pass>
void each_flat(const Job &job, const Series &series, Range range, const Pass &pass) {
  Tensor rows = series.first;
  rows.layout = NERO_ROWS;
  rows.non_finite = NERO_NON_FINITE_PROPAGATE;
  // From the end: what was read last of the gradients is still in cache.
  for (int64_t end = range.end; end > range.begin; end -= job.cut.neurons_each) {
    pass(Series{rows, series.items, 1}, {std::max(range.begin, end - job.cut.neurons_each), end});
  }
}

}  // namespace

void Stepper::one_pass() {
  for (int64_t from = 0; from < plan_.count;) {
    const int64_t to = plan_.jobs[from].behind;
    const bool none_rests = plan_.jobs[from].flat && !foresees_non_finite(from, to);
    const auto step = [&](const Job &job, const Series &series, Range range, RangeResult &, Tally &tally) {
      const auto pass = [&](const Series &some, Range part) {
        algorithm_.first_pass(kernels_, some, part, *job.by, tally, nullptr);
      };
      if (job.flat && none_rests) {
        each_flat(job, series, range, pass);
      } else {
        pass(series, range);
      }
    };
    each_range<Deal::kJoined>(from, to, step);
    from = to;
  }
}

/// Of whole tensors, whose sums are known at once: the second pass finds them in a near cache.
void Stepper::both_passes(const Job &job, const Series &series, Range range, Tally &tally) {
  TensorSums sums[kMostInSeries];
  for (int64_t i = 0; i < series.count; i++) sums[i] = {};
  Tally met;
  algorithm_.first_pass(kernels_, series, range, *job.by, met, sums);
  for (int64_t i = 0; i < series.count; i++) algorithm_.between(job.slot[i], job.item[i], *job.by, sums[i]);
  Tensor first = series.first;
  if (met.non_finite == 0) first.non_finite = NERO_NON_FINITE_PROPAGATE;
  algorithm_.second_pass(kernels_, {first, series.items, series.count}, range, job.slot, *job.by, met);
  tally.non_finite += met.non_finite;
  tally.unbalanced += met.unbalanced;
}

void Stepper::two_passes() {
  for (int64_t from = 0; from < plan_.count;) {
    const int64_t to = plan_.split == 0 ? plan_.count : plan_.jobs[from].behind;
    two_passes(from, to);
    from = to;
  }
}

void Stepper::two_passes(int64_t from, int64_t to) {
  // As memory lies in both passes, so that a thread meets in the second what it has met in the first.
  const bool none_rests = any_flat(from, to) && !foresees_non_finite(from, to);
  each_range<Deal::kSeries>(from, to,
                            [&](const Job &job, const Series &series, Range range, RangeResult &result, Tally &tally) {
                              if (job.whole()) {
                                both_passes(job, series, range, tally);
                                return;
                              }
                              result.sums = {};
                              const auto pass = [&](const Series &some, Range part) {
                                algorithm_.first_pass(kernels_, some, part, *job.by, tally, &result.sums);
                              };
                              if (job.flat && none_rests) {
                                each_flat(job, series, range, pass);
                              } else {
                                pass(series, range);
                              }
                            });
  if (plan_.split == 0) return;
  // Where the first pass met nothing, nothing rests.
  const bool may_rest = met_non_finite(from, to);
  bool any_split = false;
  for (Job *job = plan_.jobs + from; job < plan_.jobs + to; job++) {
    if (job->whole()) continue;
    algorithm_.between(*job->slot, *job->item, *job->by, sums(*job));
    any_split = true;
  }
  if (!any_split) return;
  each_range<Deal::kJoined>(from, to,
                            [&](const Job &job, const Series &series, Range range, RangeResult &, Tally &tally) {
                              if (job.whole()) return;
                              const auto pass = [&](const Series &some, Range part) {
                                algorithm_.second_pass(kernels_, some, part, job.slot, *job.by, tally);
                              };
                              if (may_rest) {
                                pass(series, range);
                                return;
                              }
                              Tensor tensor = job.tensor;
                              tensor.non_finite = NERO_NON_FINITE_PROPAGATE;
                              const Series finite = {tensor, series.items, 1};
                              if (job.flat) {
                                each_flat(job, finite, range, pass);
                              } else {
                                pass(finite, range);
                              }
                            });
}

Tally Stepper::step() {
  for (int64_t i = 0; i < plan_.group_count; i++) plan_.groups[i].tally = {};
  if (algorithm_.two_passes()) {
    two_passes();
  } else {
    one_pass();
  }
  if (plan_.worked > 0) {
    // A thread is often slower than it could be: the quickest step counts whole, others a quarter.
    const double slower = plan_.worked - plan_.seconds;
    plan_.seconds += slower < 0 ? slower : slower / 4;
    plan_.worked = 0;
  }
  Tally total;
  for (int64_t i = 0; i < plan_.group_count; i++) {
    total.non_finite += plan_.groups[i].tally.non_finite;
    total.unbalanced += plan_.groups[i].tally.unbalanced;
  }
  return total;
}

}  // namespace nero
