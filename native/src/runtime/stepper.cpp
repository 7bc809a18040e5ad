#include "runtime/stepper.h"

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

Stepper::Stepper(const Kernels &kernels, Team &team, const Algorithm &algorithm, Job *jobs, int64_t count,
                 RangeResult *results, Group *groups)
    : kernels_(kernels),
      team_(team),
      algorithm_(algorithm),
      jobs_(jobs),
      count_(count),
      results_(results),
      groups_(groups) {
  int64_t open = kGroupElements;
  int64_t next_batch = 0;
  for (int64_t i = 0; i < count; i++) {
    const Parameter &p = jobs[i].slot->parameter;
    if (i == next_batch) {
      open = kGroupElements;
      next_batch = batch_end(i);
    }
    jobs[i].group = group_count_;
    jobs[i].first = ranges_;
    elements_ += p.elements;
    const int64_t size = jobs[i].cut.neurons_each * p.fan_in;
    for (int64_t k = 0; k < jobs[i].cut.ranges; k++) {
      if (open + size > kGroupElements) {
        groups[group_count_++] = {ranges_, i};
        open = 0;
      }
      open += size;
      ranges_++;
    }
  }
}

Tensor Stepper::tensor(const Job &job, nero_non_finite policy) {
  const Slot &slot = *job.slot;
  return {slot.parameter.layout, slot.constraint, policy,        slot.parameter.neurons,
          slot.parameter.fan_in, job.weights,     job.gradients, slot.exempt.empty() ? nullptr : slot.exempt.data(),
          slot.rate != 0};
}

int64_t Stepper::batch_end(int64_t job) const {
  if (!algorithm_.two_passes()) return count_;
  int64_t end = job;
  int64_t elements = 0;
  do {
    elements += jobs_[end].slot->parameter.elements;
    end++;
  } while (end < count_ && elements + jobs_[end].slot->parameter.elements <= kBatchElements);
  return end;
}

template <class Task>
void Stepper::each_range(int64_t from, int64_t to, const Task &task) {
  struct Deal {
    const Stepper *stepper;
    const Task *task;
    int64_t first;
  } deal{this, &task, from < count_ ? jobs_[from].group : group_count_};
  const int64_t groups = (to < count_ ? jobs_[to].group : group_count_) - deal.first;
  const auto one = [](void *argument, int64_t index) {
    const Deal &d = *static_cast<const Deal *>(argument);
    const Stepper &s = *d.stepper;
    index += d.first;
    const int64_t end = index + 1 < s.group_count_ ? s.groups_[index + 1].range : s.ranges_;
    const Job *job = s.jobs_ + s.groups_[index].job;
    for (int64_t range = s.groups_[index].range; range < end; range++) {
      while (range - job->first >= job->cut.ranges) job++;
      (*d.task)(*job, job->cut.range(range - job->first, job->slot->parameter.neurons), s.results_[range]);
    }
  };
  if (elements_ <= kSmallModel) {
    for (int64_t i = 0; i < groups; i++) one(&deal, i);
  } else {
    team_.run(groups, one, &deal);
  }
}

int64_t Stepper::inspect(double gradient_scale) {
  each_range(0, count_, [&](const Job &job, Range range, RangeResult &result) {
    kernels_.inspect_gradients(tensor(job, NERO_NON_FINITE_SKIP_NEURON), gradient_scale, range, result.gradient_norm2,
                               result.non_finite);
  });
  int64_t non_finite = 0;
  for (int64_t i = 0; i < count_; i++) {
    double sum = 0;
    const RangeResult *end = results_ + jobs_[i].first + jobs_[i].cut.ranges;
    for (const RangeResult *part = results_ + jobs_[i].first; part < end; part++) {
      sum += part->gradient_norm2;
      non_finite += part->non_finite;
    }
    jobs_[i].slot->gradient_norm2 = sum;
  }
  return non_finite;
}

TensorSums Stepper::sums(const Job &job) const {
  TensorSums total;
  for (int64_t k = 0; k < job.cut.ranges; k++) {
    const TensorSums &part = results_[job.first + k].sums;
    total.weights += part.weights;
    total.update += part.update;
    total.product += part.product;
  }
  return total;
}

Tally Stepper::step(nero_non_finite policy) {
  for (int64_t from = 0; from < count_;) {
    const int64_t to = batch_end(from);
    each_range(from, to, [&](const Job &job, Range range, RangeResult &result) {
      result.tally = {};
      result.sums = {};
      algorithm_.first_pass(kernels_, tensor(job, policy), *job.slot, range, result.tally, result.sums);
    });
    if (algorithm_.two_passes()) {
      for (int64_t i = from; i < to; i++) algorithm_.between(*jobs_[i].slot, sums(jobs_[i]));
      each_range(from, to, [&](const Job &job, Range range, RangeResult &result) {
        algorithm_.second_pass(kernels_, tensor(job, policy), *job.slot, range, result.tally);
      });
    }
    from = to;
  }
  Tally total;
  for (int64_t i = 0; i < ranges_; i++) {
    total.non_finite += results_[i].tally.non_finite;
    total.unbalanced += results_[i].tally.unbalanced;
  }
  return total;
}

}  // namespace nero
