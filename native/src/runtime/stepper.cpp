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
  for (int64_t i = 0; i < count; i++) {
    const Parameter &p = jobs[i].slot->parameter;
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

template <class Task>
void Stepper::each_range(const Task &task) {
  struct Deal {
    const Stepper *stepper;
    const Task *task;
  } deal{this, &task};
  const auto one = [](void *argument, int64_t index) {
    const Deal &d = *static_cast<const Deal *>(argument);
    const Stepper &s = *d.stepper;
    const int64_t end = index + 1 < s.group_count_ ? s.groups_[index + 1].range : s.ranges_;
    const Job *job = s.jobs_ + s.groups_[index].job;
    for (int64_t range = s.groups_[index].range; range < end; range++) {
      while (range - job->first >= job->cut.ranges) job++;
      (*d.task)(*job, job->cut.range(range - job->first, job->slot->parameter.neurons), s.results_[range]);
    }
  };
  if (elements_ <= kSmallModel) {
    for (int64_t i = 0; i < group_count_; i++) one(&deal, i);
  } else {
    team_.run(group_count_, one, &deal);
  }
}

int64_t Stepper::inspect(double gradient_scale) {
  each_range([&](const Job &job, Range range, RangeResult &result) {
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

Tally Stepper::step(nero_non_finite policy) {
  each_range([&](const Job &job, Range range, RangeResult &result) {
    result.tally = {};
    result.sums = {};
    algorithm_.first_pass(kernels_, tensor(job, policy), *job.slot, range, result.tally, result.sums);
  });
  if (algorithm_.two_passes()) {
    for (int64_t i = 0; i < count_; i++) {
      TensorSums sums;
      for (int64_t k = 0; k < jobs_[i].cut.ranges; k++) {
        const TensorSums &part = results_[jobs_[i].first + k].sums;
        sums.weights += part.weights;
        sums.update += part.update;
        sums.product += part.product;
      }
      algorithm_.between(*jobs_[i].slot, sums);
    }
    each_range([&](const Job &job, Range range, RangeResult &result) {
      algorithm_.second_pass(kernels_, tensor(job, policy), *job.slot, range, result.tally);
    });
  }
  Tally total;
  for (int64_t i = 0; i < ranges_; i++) {
    total.non_finite += results_[i].tally.non_finite;
    total.unbalanced += results_[i].tally.unbalanced;
  }
  return total;
}

}  // namespace nero
