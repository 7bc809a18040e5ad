#include "runtime/survey.h"

#include "runtime/failure.h"

namespace nero {

void refuse_degenerate(Context &context, const Slot &slot, int64_t parameter) {
  if (slot.constraint == NERO_CONSTRAINT_NONE) return;
  const int64_t first = context.backend().first_degenerate(slot, nullptr);
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
  if (context.backend().first_degenerate(slot, flags.data()) < 0) return {};
  return flags;
}

void project(Context &context, const Slot &slot, double epsilon) {
  if (slot.constraint != NERO_CONSTRAINT_NONE) context.backend().project(slot, epsilon);
}

Norms measure(Context &context, const Slot &slot) { return context.backend().measure(slot); }

double mean_norm(const Norms &norms, int64_t neurons) {
  const double mean = neurons > 0 ? norms.sum / static_cast<double>(neurons) : 0;
  return mean == 0 ? 0.01 : mean;
}

}  // namespace nero
