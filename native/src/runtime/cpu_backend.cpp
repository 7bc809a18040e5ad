#include "runtime/cpu_backend.h"

#include <algorithm>
#include <cstring>

#include "runtime/failure.h"
#include "runtime/plan.h"

namespace nero {

namespace {

Tensor whole(const Slot &slot) {
  return {slot.parameter.layout,
          slot.constraint,
          NERO_NON_FINITE_PROPAGATE,
          slot.parameter.neurons,
          slot.parameter.fan_in,
          slot.parameter.weights,
          slot.parameter.gradients,
          slot.exempt.empty() ? nullptr : slot.exempt.data(),
          true};
}

/// task(range, index) for each of the slot's ranges.
template <class Task>
void each_range(Team &team, const Slot &slot, const Task &task) {
  struct Deal {
    const Task *task;
    Cut cut;
    int64_t neurons;
  } deal{&task, cut(slot.parameter), slot.parameter.neurons};
  const auto one = [](void *argument, int64_t index) {
    const Deal &d = *static_cast<const Deal *>(argument);
    (*d.task)(d.cut.range(index, d.neurons), index);
  };
  if (slot.parameter.elements <= kSmallModel) {
    for (int64_t i = 0; i < deal.cut.ranges; i++) one(&deal, i);
  } else {
    team.run(deal.cut.ranges, one, &deal);
  }
}

}  // namespace

CpuBackend::CpuBackend(const Kernels &kernels, int threads) : kernels_(kernels), team_(threads) {}

void CpuBackend::copy(void *to, const void *from, uint64_t bytes, nero_copy_direction, bool) {
  std::memcpy(to, from, bytes);
}

void CpuBackend::fill(float *address, uint64_t count, float value) { std::fill_n(address, count, value); }

int64_t CpuBackend::first_degenerate(const Slot &slot, uint8_t *flags) {
  const Tensor tensor = whole(slot);
  int64_t firsts[kMostRanges];
  each_range(team_, slot,
             [&](Range range, int64_t index) { firsts[index] = kernels_.find_degenerate(tensor, range, flags); });
  int64_t *const end = firsts + cut(slot.parameter).ranges;
  int64_t *const found = std::find_if(firsts, end, [](int64_t first) { return first >= 0; });
  return found == end ? -1 : *found;
}

void CpuBackend::project(const Slot &slot, double epsilon) {
  const Tensor tensor = whole(slot);
  each_range(team_, slot, [&](Range range, int64_t) { kernels_.project(tensor, epsilon, range); });
}

Norms CpuBackend::measure(const Slot &slot) {
  const Tensor tensor = whole(slot);
  // On the stack: an optimiser under construction has moved weights by now and must not fail any more.
  Norms parts[kMostRanges];
  each_range(team_, slot, [&](Range range, int64_t index) {
    kernels_.measure(tensor, range, parts[index].sum, parts[index].squares);
  });
  Norms total;
  for (int64_t i = 0; i < cut(slot.parameter).ranges; i++) {
    total.sum += parts[i].sum;
    total.squares += parts[i].squares;
  }
  return total;
}

}  // namespace nero
