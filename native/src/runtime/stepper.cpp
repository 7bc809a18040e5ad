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

Job make_job(Slot &slot, float *weights, const float *gradients, nero_non_finite policy) {
  const Parameter &p = slot.parameter;
  return {{p.layout, slot.constraint, policy, p.neurons, p.fan_in, weights, gradients,
           slot.exempt.empty() ? nullptr : slot.exempt.data(), true},
          &slot,
          cut(p)};
}

namespace {

/// Neurons in columns are nothing to an algorithm that steps each element by itself, as long as none must rest.
bool may_be_flat(const Algorithm &algorithm, const Job &job) {
  return algorithm.elementwise() && job.tensor.layout == NERO_COLUMNS &&
         job.tensor.constraint == NERO_CONSTRAINT_NONE && job.tensor.fan_in > kShortColumn && job.cut.ranges > 1;
}

/// The job behind those that are stepped together with this one, the first of them: all, but where a pass is to find in
/// cache what the one before it has read, or has looked at.
int64_t batch_end(const Algorithm &algorithm, const Job *jobs, int64_t count, int64_t job) {
  int64_t end = job;
  if (!algorithm.two_passes() && !jobs[job].flat) {
    while (end < count && !jobs[end].flat) end++;
    return end;
  }
  int64_t elements = 0;
  do {
    elements += jobs[end].slot->parameter.elements;
    end++;
  } while (end < count && elements + jobs[end].slot->parameter.elements <= kBatchElements);
  return end;
}

bool alike(const Parameter &p, const Parameter &q) {
  return p.layout == q.layout && p.learning_rate_factor == q.learning_rate_factor &&
         p.weight_decay_factor == q.weight_decay_factor;
}

}  // namespace

Plan laid_out(const Algorithm &algorithm, Job *jobs, int64_t count, Group *groups) {
  Plan plan = {jobs, count, groups, 0, 0, 0, false};
  for (int64_t i = 0; i < count; i++) {
    jobs[i].flat = may_be_flat(algorithm, jobs[i]);
    plan.flat = plan.flat || jobs[i].flat;
  }
  int64_t open = kGroupElements;
  int64_t next_batch = 0;
  for (int64_t i = 0; i < count; i++) {
    const Parameter &p = jobs[i].slot->parameter;
    if (i == next_batch) {
      open = kGroupElements;
      next_batch = batch_end(algorithm, jobs, count, i);
    }
    jobs[i].group = plan.group_count;
    jobs[i].first = plan.ranges;
    jobs[i].alike = i > 0 && alike(p, jobs[i - 1].slot->parameter);
    plan.elements += p.elements;
    const int64_t size = jobs[i].cut.neurons_each * p.fan_in;
    for (int64_t k = 0; k < jobs[i].cut.ranges; k++) {
      if (open + size > kGroupElements) {
        groups[plan.group_count++] = {plan.ranges, i, {}};
        open = 0;
      }
      open += size;
      plan.ranges++;
    }
  }
  return plan;
}

void prepare(const Algorithm &algorithm, Job &job, const Job *before, const Terms &terms, int64_t step) {
  Slot &slot = *job.slot;
  if (before != nullptr && job.alike && before->slot->step == step) {
    job.tensor.moves = before->tensor.moves;
    algorithm.prepare_alike(slot, *before->slot);
  } else {
    slot.rate = terms.learning_rate * slot.parameter.learning_rate_factor;
    job.tensor.moves = slot.rate != 0;
    algorithm.prepare(slot, terms.gradient_scale, step);
    slot.by = &slot.own;
  }
  slot.step = step;
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

template <bool kJoin, class Task>
void Stepper::each_range(int64_t from, int64_t to, const Task &task) {
  const bool alone = plan_.elements <= kSmallModel || plan_.elements < kSmallTensor * plan_.count;
  const int64_t first = group(from);
  const int64_t count = group(to) - first;
  struct Deal {
    const Stepper *stepper;
    const Task *task;
    int64_t first;
  } deal{this, &task, first};
  const auto take = [](void *argument, int64_t from, int64_t to) {
    const Deal &d = *static_cast<const Deal *>(argument);
    const Plan &plan = d.stepper->plan_;
    const int64_t behind = d.first + to;
    Group &group = plan.groups[d.first + from];
    const int64_t end = behind < plan.group_count ? plan.groups[behind].range : plan.ranges;
    const Job *job = plan.jobs + group.job;
    const Job *const last = plan.jobs + plan.count - 1;
    Tally tally = group.tally;
    for (int64_t range = group.range; range < end;) {
      while (range - job->first >= job->cut.ranges) job++;
      if (last - job >= kJobsAhead) fetch_start(job[kJobsAhead].tensor);
      const int64_t next = kJoin ? std::min(end, job->first + job->cut.ranges) : range + 1;
      (*d.task)(*job, job->cut.span(range - job->first, next - job->first, job->tensor.neurons),
                d.stepper->results_[range], tally);
      range = next;
    }
    group.tally = tally;
  };
  if (!alone) {
    team_.run(count, take, &deal);
  } else if (count > 0) {
    take(&deal, 0, count);
  }
}

int64_t Stepper::inspect(double gradient_scale) {
  each_range<false>(0, plan_.count, [&](const Job &job, Range range, RangeResult &result, Tally &) {
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
  TensorSums total;
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

bool Stepper::foresees_non_finite(int64_t from, int64_t to) {
  // Where one skips the step there is none by now.
  if (plan_.jobs[from].tensor.non_finite == NERO_NON_FINITE_SKIP_STEP) return false;
  each_range<false>(from, to, [&](const Job &job, Range range, RangeResult &result, Tally &) {
    result.non_finite = job.flat && !kernels_.finite_gradients(job.tensor, range) ? 1 : 0;
  });
  const int64_t end = to < plan_.count ? plan_.jobs[to].first : plan_.ranges;
  return std::any_of(results_ + plan_.jobs[from].first, results_ + end,
                     [](const RangeResult &r) { return r.non_finite != 0; });
}

namespace {

/// Calls pass(tensor, range) for a job's range: flat jobs as rows, whose neurons mean nothing then.
template <class Pass>
void each_flat(const Job &job, Tensor tensor, Range range, const Pass &pass) {
  if (!job.flat) return pass(tensor, range);
  tensor.layout = NERO_ROWS;
  tensor.non_finite = NERO_NON_FINITE_PROPAGATE;
  // From the end: what was read last of the gradients is still in cache.
  for (int64_t end = range.end; end > range.begin; end -= job.cut.neurons_each) {
    pass(tensor, {std::max(range.begin, end - job.cut.neurons_each), end});
  }
}

}  // namespace

void Stepper::one_pass() {
  for (int64_t from = 0; from < plan_.count;) {
    const int64_t to = plan_.flat ? batch_end(algorithm_, plan_.jobs, plan_.count, from) : plan_.count;
    const bool flat = plan_.jobs[from].flat && !foresees_non_finite(from, to);
    each_range<true>(from, to, [&](const Job &job, Range range, RangeResult &, Tally &tally) {
      const auto pass = [&](const Tensor &tensor, Range part) {
        TensorSums none;
        algorithm_.first_pass(kernels_, tensor, *job.slot, part, tally, none);
      };
      flat ? each_flat(job, job.tensor, range, pass) : pass(job.tensor, range);
    });
    from = to;
  }
}

void Stepper::two_passes() {
  for (int64_t from = 0; from < plan_.count;) {
    const int64_t to = batch_end(algorithm_, plan_.jobs, plan_.count, from);
    each_range<false>(from, to, [&](const Job &job, Range range, RangeResult &result, Tally &tally) {
      result.sums = {};
      algorithm_.first_pass(kernels_, job.tensor, *job.slot, range, tally, result.sums);
    });
    // Where the first pass met nothing, nothing rests.
    const bool may_rest = met_non_finite(from, to);
    for (int64_t i = from; i < to; i++) algorithm_.between(*plan_.jobs[i].slot, sums(plan_.jobs[i]));
    each_range<true>(from, to, [&](const Job &job, Range range, RangeResult &, Tally &tally) {
      const auto pass = [&](const Tensor &tensor, Range part) {
        algorithm_.second_pass(kernels_, tensor, *job.slot, part, tally);
      };
      Tensor tensor = job.tensor;
      if (!may_rest) tensor.non_finite = NERO_NON_FINITE_PROPAGATE;
      may_rest ? pass(tensor, range) : each_flat(job, tensor, range, pass);
    });
    from = to;
  }
}

Tally Stepper::step() {
  for (int64_t i = 0; i < plan_.group_count; i++) plan_.groups[i].tally = {};
  if (algorithm_.two_passes()) {
    two_passes();
  } else {
    one_pass();
  }
  Tally total;
  for (int64_t i = 0; i < plan_.group_count; i++) {
    total.non_finite += plan_.groups[i].tally.non_finite;
    total.unbalanced += plan_.groups[i].tally.unbalanced;
  }
  return total;
}

}  // namespace nero
