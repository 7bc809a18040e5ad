// What becomes of gradients that are not finite or not there, of neurons that cannot be balanced, and of a rate of 0.
#include "check.h"
#include "model.h"

namespace {

struct Neuron {
  size_t tensor;
  int64_t index;
};

constexpr size_t kSpoiled = 2;
constexpr Neuron kOfLarge = {kSpoiled, 17};  // 300 x 129
constexpr Neuron kOfSmall = {1, 3};          // 7 x 13

void spoil(Model &model, float with, Neuron neuron = kOfLarge) {
  const nero_parameter &p = model.parameters[neuron.tensor];
  const int64_t at = p.layout == NERO_ROWS ? neuron.index * p.fan_in + 5 : 5 * p.neurons + neuron.index;
  model.gradients[neuron.tensor][static_cast<size_t>(at)] = with;
}

bool belongs_to(Neuron neuron, const nero_parameter &p, int64_t element) {
  return (p.layout == NERO_ROWS ? element / p.fan_in : element % p.neurons) == neuron.index;
}

/// SKIP_NEURON: the neuron and its state rest, the others move, and what is not of a tensor's norm moves as ever.
void a_neuron_is_skipped(int kind, nero_layout layout, float bad, Neuron neuron) {
  nero_context *context = make_context(2);
  Model model(layout);
  nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters);
  CHECK(step(optimizer) == NERO_OK);
  const auto before = model.weights;
  const auto states_before = states_of(optimizer, model);
  spoil(model, bad, neuron);
  nero_step_report report = empty_report();
  CHECK(step(optimizer, &report) == NERO_OK);
  CHECK(report.skipped == 0 && report.neurons_non_finite == 1 && report.step == 2);
  const nero_parameter &p = model.parameters[neuron.tensor];
  int64_t moved = 0;
  for (size_t i = 0; i < before[neuron.tensor].size(); i++) {
    const float now = model.weights[neuron.tensor][i];
    CHECK(std::isfinite(now));
    if (belongs_to(neuron, p, static_cast<int64_t>(i))) CHECK(now == before[neuron.tensor][i]);
    moved += now != before[neuron.tensor][i] ? 1 : 0;
  }
  CHECK(moved > p.neurons * p.fan_in / 40);
  const auto states = states_of(optimizer, model);
  for (size_t k = 0; k < states[neuron.tensor].size(); k++) {
    const auto &bytes = states[neuron.tensor][k].bytes;
    const auto &old = states_before[neuron.tensor][k].bytes;
    const auto elements = static_cast<size_t>(p.neurons * p.fan_in);
    for (size_t i = 0; bytes.size() == elements * 4 && i < elements; i++) {
      if (!belongs_to(neuron, p, static_cast<int64_t>(i))) continue;
      CHECK(std::memcmp(bytes.data() + i * 4, old.data() + i * 4, 4) == 0);
    }
    if (states[neuron.tensor][k].name == "square") {
      CHECK(std::memcmp(bytes.data() + neuron.index * 8, old.data() + neuron.index * 8, 8) == 0);
      CHECK(bytes != old);
    }
  }
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

/// SKIP_STEP: nothing moves, no state, no step count, in one call or in parts.
void a_step_is_skipped(int kind, bool in_parts) {
  nero_context *context = make_context(2);
  Model model;
  nero_optimizer_options options = options_of(kind);
  options.non_finite = NERO_NON_FINITE_SKIP_STEP;
  nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters, &options);
  nero_step_report report = empty_report();
  const auto take = [&] {
    return in_parts ? step_in_parts(optimizer, model.parameters, &report) : step(optimizer, &report);
  };
  CHECK(take() == NERO_OK);
  CHECK(report.skipped == 0 && report.step == 1 && report.parameters_stepped == model.count());
  CHECK(std::isfinite(report.gradient_norm) && report.gradient_norm > 0);
  const auto before = model.weights;
  const auto states_before = states_of(optimizer, model);
  const float kept = model.gradients[kSpoiled][static_cast<size_t>(kOfLarge.index) * 129 + 5];
  spoil(model, NAN);
  CHECK(take() == NERO_OK);
  CHECK(report.skipped == 1 && report.step == 1 && report.neurons_non_finite == 1);
  CHECK(report.parameters_stepped == 0 && report.parameters_absent == 0);
  CHECK(model.weights == before);
  CHECK(states_of(optimizer, model) == states_before);
  spoil(model, kept);
  CHECK(take() == NERO_OK);
  CHECK(report.skipped == 0 && report.step == 2);
  CHECK(model.weights != before);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

void arithmetic_takes_its_course(int kind, nero_layout layout) {
  nero_context *context = make_context(2);
  Model model(layout);
  nero_optimizer_options options = options_of(kind);
  options.non_finite = NERO_NON_FINITE_PROPAGATE;
  nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters, &options);
  spoil(model, NAN);
  nero_step_report report = empty_report();
  CHECK(step(optimizer, &report) == NERO_OK);
  CHECK(report.neurons_non_finite == 1);
  int64_t not_finite = 0;
  for (const float w : model.weights[kSpoiled]) not_finite += std::isfinite(w) ? 0 : 1;
  CHECK(not_finite == 1);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

/// A parameter without a gradient rests; whether its step count does, the caller chose.
void absent_gradients(nero_step_count count) {
  nero_context *context = make_context(1);
  Model model;
  model.parameters[1].gradients = nullptr;
  nero_optimizer_options options = options_of(NERO_KIND_ADAM);
  options.step_count = count;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_ADAM, model.parameters, &options);
  const auto before = model.weights[1];
  nero_step_report report = empty_report();
  for (int i = 0; i < 3; i++) CHECK(step(optimizer, &report) == NERO_OK);
  CHECK(report.parameters_absent == 1 && report.parameters_stepped == model.count() - 1 && report.step == 3);
  CHECK(model.weights[1] == before);
  int64_t steps = -1;
  CHECK(nero_optimizer_state_read(optimizer, 1, "step", &steps, 8, nullptr) == NERO_OK);
  CHECK(steps == (count == NERO_STEP_COUNT_SHARED ? 3 : 0));
  CHECK(nero_optimizer_state_read(optimizer, 2, "step", &steps, 8, nullptr) == NERO_OK);
  CHECK(steps == 3);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

/// Equal weights, all zero and fan-in 1 are refused before any weight has changed, or exempt and counted.
void degenerate_neurons(nero_layout layout) {
  nero_context *context = make_context(2);
  nero_error error{};
  error.struct_size = sizeof error;
  Model model(layout);
  const nero_parameter p = model.parameters[kSpoiled];
  for (int64_t i = 0; i < p.fan_in; i++) {
    const bool rows = layout == NERO_ROWS;
    p.weights[rows ? kOfLarge.index * p.fan_in + i : i * p.neurons + kOfLarge.index] = 0.1f;
    p.weights[rows ? 290 * p.fan_in + i : i * p.neurons + 290] = 0;
  }
  nero_parameter thin = model.parameters[7];  // 5 x 2 becomes 10 x 1
  thin.neurons = 10;
  thin.fan_in = 1;
  model.parameters[7] = thin;
  const auto before = model.weights;
  CHECK(make_optimizer(context, NERO_KIND_NERO, model.parameters, nullptr, &error) == nullptr);
  CHECK(error.status == NERO_ERROR_DEGENERATE_NEURON);
  CHECK(error.parameter == static_cast<int64_t>(kSpoiled) && error.neuron == kOfLarge.index);
  CHECK(std::strstr(error.message, "parameter 2") != nullptr && std::strstr(error.message, "17 of 300") != nullptr);
  CHECK(model.weights == before);

  nero_optimizer_options options = options_of(NERO_KIND_NERO);
  options.degenerate = NERO_DEGENERATE_EXEMPT;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters, &options, &error);
  CHECK(optimizer != nullptr);
  nero_step_report report = empty_report();
  for (int i = 0; i < 3; i++) CHECK(step(optimizer, &report) == NERO_OK);
  CHECK(report.neurons_exempt == 12);
  std::vector<double> exempt(300);
  CHECK(nero_optimizer_state_read(optimizer, kSpoiled, "exempt", exempt.data(), 2400, nullptr) == NERO_OK);
  for (size_t i = 0; i < exempt.size(); i++)
    CHECK(exempt[i] == (static_cast<int64_t>(i) == kOfLarge.index || i == 290 ? 1 : 0));
  for (const auto &tensor : model.weights) {
    for (const float w : tensor) CHECK(std::isfinite(w));
  }
  CHECK(model.weights[7] != before[7]);
  nero_optimizer_destroy(optimizer, nullptr);
  // Without a constraint there is nothing to refuse.
  options = options_of(NERO_KIND_NERO);
  options.constraint = NERO_CONSTRAINT_NONE;
  optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters, &options);
  CHECK(optimizer != nullptr);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

/// A rate of 0, of the step or of one parameter, moves no weight by a bit; the state goes on.
void a_rate_of_zero_moves_nothing(int kind) {
  nero_context *context = make_context(2);
  Model model;
  model.parameters[3].learning_rate_factor = 0;
  nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters);
  CHECK(step(optimizer) == NERO_OK);
  const auto before = model.weights;
  const auto states_before = states_of(optimizer, model);
  CHECK(step(optimizer, nullptr, 0) == NERO_OK);
  CHECK(model.weights == before);
  const auto states = states_of(optimizer, model);
  for (size_t i = 0; i < states.size(); i++) CHECK(states[i] != states_before[i]);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main() {
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
      for (const float bad : {NAN, INFINITY, -INFINITY}) {
        for (const Neuron neuron : {kOfLarge, kOfSmall}) a_neuron_is_skipped(kind, layout, bad, neuron);
      }
    }
    a_step_is_skipped(kind, false);
    a_step_is_skipped(kind, true);
    a_rate_of_zero_moves_nothing(kind);
  }
  for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
    for (const int kind : {NERO_KIND_SGD, NERO_KIND_ADAM, NERO_KIND_MADAM}) arithmetic_takes_its_course(kind, layout);
  }
  absent_gradients(NERO_STEP_COUNT_PER_PARAMETER);
  absent_gradients(NERO_STEP_COUNT_SHARED);
  degenerate_neurons(NERO_ROWS);
  degenerate_neurons(NERO_COLUMNS);
  return nero_failures != 0;
}
