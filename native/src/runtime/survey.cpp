#include "runtime/survey.h"

#include <algorithm>

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
void each_range(Context &context, const Slot &slot, const Task &task) {
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
    context.team().run(deal.cut.ranges, one, &deal);
  }
}

/// The first degenerate neuron or -1; flags as the kernel takes them.
int64_t first_degenerate(Context &context, const Slot &slot, uint8_t *flags) {
  if (slot.constraint == NERO_CONSTRAINT_NONE) return -1;
  const Tensor tensor = whole(slot);
  int64_t firsts[kMostRanges];
  each_range(context, slot, [&](Range range, int64_t index) {
    firsts[index] = context.kernels().find_degenerate(tensor, range, flags);
  });
  int64_t *const end = firsts + cut(slot.parameter).ranges;
  int64_t *const found = std::find_if(firsts, end, [](int64_t first) { return first >= 0; });
  return found == end ? -1 : *found;
}

}  // namespace

void refuse_degenerate(Context &context, const Slot &slot, int64_t parameter) {
  const int64_t first = first_degenerate(context, slot, nullptr);
  if (first < 0) return;
  const Parameter &p = slot.parameter;
  throw Failure(
      NERO_ERROR_DEGENERATE_NEURON,
      text("parameter '%s': neuron %lld of %lld cannot be balanced: its %lld weights are equal, zero or not finite",
           p.name.c_str(), (long long)first, (long long)p.neurons, (long long)p.fan_in),
      parameter, first);
}

std::vector<uint8_t> find_degenerate(Context &context, const Slot &slot) {
  if (slot.constraint == NERO_CONSTRAINT_NONE || slot.parameter.elements == 0) return {};
  std::vector<uint8_t> flags(static_cast<size_t>(slot.parameter.neurons));
  if (first_degenerate(context, slot, flags.data()) < 0) return {};
  return flags;
}

void project(Context &context, const Slot &slot, double epsilon) {
  if (slot.constraint == NERO_CONSTRAINT_NONE) return;
  const Tensor tensor = whole(slot);
  each_range(context, slot, [&](Range range, int64_t) { context.kernels().project(tensor, epsilon, range); });
}

Norms measure(Context &context, const Slot &slot) {
  const Tensor tensor = whole(slot);
  // On the stack: an optimiser under construction has moved weights by now and must not fail any more.
  Norms parts[kMostRanges];
  each_range(context, slot, [&](Range range, int64_t index) {
    context.kernels().measure(tensor, range, parts[index].sum, parts[index].squares);
  });
  Norms total;
  for (int64_t i = 0; i < cut(slot.parameter).ranges; i++) {
    total.sum += parts[i].sum;
    total.squares += parts[i].squares;
  }
  return total;
}

double mean_norm(const Norms &norms, int64_t neurons) {
  const double mean = neurons > 0 ? norms.sum / static_cast<double>(neurons) : 0;
  return mean == 0 ? 0.01 : mean;
}

}  // namespace nero
