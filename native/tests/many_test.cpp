// Hundreds of small tensors, which one call steps in series, take the step that each takes by itself.
#include <limits>

#include "check.h"
#include "model.h"

namespace {

/// Runs of tensors that are alike but for their size, long and short, some of them beyond a small tensor's loops, with
/// neurons whose gradients are not finite, an absent gradient and another rate among them.
struct Many {
  Tensors weights, gradients;
  std::vector<nero_parameter> parameters;

  Many() {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (int i = 0; i < 700; i++) {
      const bool vector = i % 100 >= 80;
      const int64_t neurons = 1 + i % 9;
      const int64_t fan_in = vector ? 1 : (i % 25 == 24 ? 331 : 2 + i % 23);
      nero_parameter p{};
      p.struct_size = sizeof p;
      p.layout = vector ? NERO_VECTOR : (i / 100 == 3 ? NERO_COLUMNS : NERO_ROWS);
      p.neurons = neurons;
      p.fan_in = fan_in;
      p.learning_rate_factor = i / 50 == 5 ? 0.5 : 1;
      p.weight_decay_factor = 1;
      parameters.push_back(p);
      weights.emplace_back(static_cast<size_t>(neurons * fan_in));
      gradients.emplace_back(weights.back().size());
      for (float &w : weights.back()) w = uniform(random);
      for (float &g : gradients.back()) g = uniform(random);
      if (i % 41 == 40) gradients.back().back() = std::numeric_limits<float>::infinity();
    }
    for (size_t i = 0; i < parameters.size(); i++) {
      nero_parameter &p = parameters[i];
      p.weights = weights[i].data();
      p.weights_bytes = weights[i].size() * 4;
      if (i == 333) continue;
      p.gradients = gradients[i].data();
      p.gradients_bytes = p.weights_bytes;
    }
  }
  Many(const Many &) = delete;
  Many &operator=(const Many &) = delete;
};

struct Outcome {
  Tensors weights;
  std::vector<std::vector<NamedState>> states;
  int64_t non_finite = 0;
  bool operator==(const Outcome &other) const {
    return weights == other.weights && states == other.states && non_finite == other.non_finite;
  }
};

/// Three steps, before the second of which some parameters are given another number of steps and another scale.
Outcome outcome(int kind, int threads, bool one_by_one) {
  nero_context *context = make_context(threads);
  Many many;
  nero_optimizer_options options = options_of(kind);
  options.degenerate = NERO_DEGENERATE_EXEMPT;
  nero_optimizer *optimizer = make_optimizer(context, kind, many.parameters, &options);
  Outcome result;
  nero_step_report report = empty_report();
  for (int i = 0; i < 3; i++) {
    if (i == 1) {
      for (const int64_t parameter : {0, 10, 11, 699}) {
        const int64_t steps = 40 + parameter;
        CHECK(nero_optimizer_state_write(optimizer, parameter, "step", &steps, sizeof steps, nullptr) == NERO_OK);
        const double scale = 2;
        // Of the kinds that have one.
        nero_optimizer_state_write(optimizer, parameter, "scale", &scale, sizeof scale, nullptr);
        nero_optimizer_state_write(optimizer, parameter, "bound", &scale, sizeof scale, nullptr);
      }
    }
    const nero_status status =
        one_by_one ? step_in_parts(optimizer, many.parameters, &report) : step(optimizer, &report);
    CHECK(status == NERO_OK);
    CHECK(report.parameters_stepped == 699 && report.parameters_absent == 1);
    result.non_finite += report.neurons_non_finite;
  }
  result.weights = many.weights;
  for (int64_t i = 0; i < 700; i++) result.states.push_back(states_of(optimizer, i));
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
  return result;
}

void one_call_for_many_is_a_call_for_each() {
  const Many before;
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    const Outcome each = outcome(kind, 1, true);
    CHECK(each.weights != before.weights);
    CHECK(each.non_finite == 3 * 17);
    CHECK(outcome(kind, 1, false) == each);
    CHECK(outcome(kind, 2, false) == each);
  }
}

}  // namespace

int main() {
  one_call_for_many_is_a_call_for_each();
  return nero_failures == 0 ? 0 : 1;
}
