#include "runtime/stepper.h"

#include <algorithm>

namespace nero {

Stepper::Stepper(const Kernels &kernels, Team &team, const Algorithm &algorithm, Job *jobs, int64_t count,
                 RangeResult *results)
    : kernels_(kernels), team_(team), algorithm_(algorithm), jobs_(jobs), count_(count), results_(results) {
  for (int64_t i = 0; i < count; i++) {
    jobs[i].first = ranges_;
    ranges_ += jobs[i].cut.ranges;
    elements_ += jobs[i].slot->parameter.elements;
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
    Stepper *stepper;
    const Task *task;
  } deal{this, &task};
  const auto one = [](void *argument, int64_t index) {
    const Deal &d = *static_cast<const Deal *>(argument);
    // The last job that starts at or before this range; jobs without ranges are passed over.
    const Job *jobs = d.stepper->jobs_;
    const Job *after = std::upper_bound(jobs, jobs + d.stepper->count_, index,
                                        [](int64_t range, const Job &job) { return range < job.first; });
    const Job &job = *(after - 1);
    (*d.task)(job, job.cut.range(index - job.first, job.slot->parameter.neurons), d.stepper->results_[index]);
  };
  if (elements_ <= kSmallModel) {
    for (int64_t i = 0; i < ranges_; i++) one(&deal, i);
  } else {
    team_.run(ranges_, one, &deal);
  }
}

double Stepper::inspect(double gradient_scale, int64_t &non_finite) {
  each_range([&](const Job &job, Range range, RangeResult &result) {
    kernels_.inspect_gradients(tensor(job, NERO_NON_FINITE_SKIP_NEURON), gradient_scale, range, result.gradient_norm2,
                               result.non_finite);
  });
  double sum = 0;
  for (int64_t i = 0; i < ranges_; i++) {
    sum += results_[i].gradient_norm2;
    non_finite += results_[i].non_finite;
  }
  return sum;
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
