#include "runtime/jobs.h"

#include <algorithm>
#include <iterator>

namespace nero {

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

/// The job behind the batch of this one, its first.
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

/// Whether one call may step a job and the one before it. An exempt neuron is found by its tensor's pointer.
bool joins(const Job &job, const Job &before) {
  return alike(job.slot->parameter, before.slot->parameter) && job.whole() && before.whole() &&
         job.slot == before.slot + 1 && job.tensor.constraint == before.tensor.constraint &&
         job.tensor.exempt == nullptr && before.tensor.exempt == nullptr;
}

Item item_of(const Job &job) {
  const Slot &slot = *job.slot;
  Item item;
  item.weights = job.tensor.weights;
  item.gradients = job.tensor.gradients;
  item.first = slot.first;
  if (slot.neuron != nullptr) item.square = slot.neuron;
  item.second = slot.second;
  item.third = slot.third;
  item.neurons = job.tensor.neurons;
  item.fan_in = job.tensor.fan_in;
  item.number = slot.scale;
  return item;
}

/// Before any step is measured: what it takes to go over the memory of one in a cache.
double guessed_seconds(const Algorithm &algorithm, int64_t elements) {
  constexpr double kBytesASecond = 70e9;
  const StateShape state = algorithm.state();
  const auto buffers = 2 + std::count_if(std::begin(state.element), std::end(state.element),
                                         [](const char *name) { return name != nullptr; });
  const int64_t bytes_each = buffers * static_cast<int64_t>(sizeof(float)) * (algorithm.two_passes() ? 2 : 1);
  return static_cast<double>(elements) * static_cast<double>(bytes_each) / kBytesASecond;
}

}  // namespace

Plan laid_out(const Algorithm &algorithm, Job *jobs, Item *items, int64_t count, Group *groups) {
  Plan plan = {jobs, count, 0, groups, 0, 0, 0, 0, 0};
  for (int64_t i = 0; i < count; i++) jobs[i].flat = may_be_flat(algorithm, jobs[i]);
  int64_t open = kGroupElements;
  int64_t next_batch = 0;
  int64_t series = 0;  // jobs in the one that is open
  const Job *latest_of[NERO_COLUMNS + 1] = {};
  for (int64_t i = 0; i < count; i++) {
    Job &job = jobs[i];
    const Parameter &p = job.slot->parameter;
    if (i == next_batch) {
      open = kGroupElements;
      next_batch = batch_end(algorithm, jobs, count, i);
      job.behind = next_batch;
    }
    items[i] = item_of(job);
    job.item = items + i;
    job.group = plan.group_count;
    job.first = plan.ranges;
    job.joins = i > 0 && joins(job, jobs[i - 1]);
    plan.elements += p.elements;
    plan.split += job.whole() ? 0 : 1;
    const int64_t groups_before = plan.group_count;
    for (int64_t k = 0; k < job.cut.ranges; k++) {
      const Range range = job.cut.range(k, p.neurons);
      const int64_t size = (range.end - range.begin) * p.fan_in;
      if (open + size > kGroupElements) {
        groups[plan.group_count++] = {plan.ranges, i, {}};
        open = 0;
      }
      open += size;
      plan.ranges++;
    }
    const bool goes_on = job.joins && plan.group_count == groups_before && series < kMostInSeries;
    series = goes_on ? series + 1 : 1;
    job.series = series;
    const Job *&latest = latest_of[p.layout];
    job.like = latest != nullptr && alike(p, latest->slot->parameter) ? latest : nullptr;
    if (!goes_on) latest = &job;
  }
  // Its place in the series so far; from here on, how many there are from it on.
  for (int64_t i = count - 1, left = 1; i >= 0; i--) {
    const bool starts = jobs[i].series == 1;
    jobs[i].series = left;
    left = starts ? 1 : left + 1;
  }
  plan.seconds = guessed_seconds(algorithm, plan.elements);
  return plan;
}

void prepare(const Algorithm &algorithm, Job &job, const Job *like, const Terms &terms, int64_t step) {
  if (like != nullptr) {
    // Written where they change: what other threads read stays in their caches.
    if (job.by != like->by) job.by = like->by;
    if (job.tensor.moves != like->tensor.moves) job.tensor.moves = like->tensor.moves;
    return;
  }
  Slot &slot = *job.slot;
  slot.rate = terms.learning_rate * slot.parameter.learning_rate_factor;
  job.tensor.moves = slot.rate != 0;
  algorithm.prepare(slot, terms.gradient_scale, step);
  job.by = &slot.own;
}

}  // namespace nero
