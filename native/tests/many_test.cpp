// Hundreds of small tensors, which one call steps in series, take the step that each takes by itself, and that which
// its neurons take in a large tensor.
#include "check.h"
#include "many_model.h"

namespace {

constexpr int kSteps = 4;

struct Setting {
  const char *name;
  nero_constraint constraint;
  nero_non_finite policy;
  double rate;
  bool other_form;     ///< of the kind's rule
  bool large = false;  ///< one tensor
};

/// A rate of 0.1 is beyond Madam's short form.
const Setting kSettings[] = {
    {"balanced", NERO_CONSTRAINT_BALANCED, NERO_NON_FINITE_SKIP_NEURON, 0.01, false},
    {"balanced, one large", NERO_CONSTRAINT_BALANCED, NERO_NON_FINITE_SKIP_NEURON, 0.01, false, true},
    {"unconstrained", NERO_CONSTRAINT_NONE, NERO_NON_FINITE_SKIP_NEURON, 0.01, false},
    {"propagating", NERO_CONSTRAINT_BALANCED, NERO_NON_FINITE_PROPAGATE, 0.01, false},
    {"skipping steps", NERO_CONSTRAINT_BALANCED, NERO_NON_FINITE_SKIP_STEP, 0.01, false},
    {"still", NERO_CONSTRAINT_BALANCED, NERO_NON_FINITE_SKIP_NEURON, 0, false},
    {"other form, balanced", NERO_CONSTRAINT_BALANCED, NERO_NON_FINITE_SKIP_NEURON, 0.1, true},
    {"other form, unconstrained", NERO_CONSTRAINT_NONE, NERO_NON_FINITE_SKIP_NEURON, 0.1, true},
};

/// With weight decay wherever there is one.
Hypers hypers_of(const Setting &setting) {
  Hypers all;
  all.sgd.weight_decay = 0.01;
  all.lars.weight_decay = 0.01;
  if (!setting.other_form) return all;
  all.nero.scale = NERO_SCALE_CURRENT;
  all.sgd.momentum = 0;
  all.adam.amsgrad = 0;
  nero_lamb_defaults(NERO_LAMB_NVLAMB, &all.lamb, nullptr);
  all.fromage.weight_bound = 0;
  nero_lars_defaults(NERO_LARS_LARC_CLIP, &all.lars, nullptr);
  all.lars.weight_decay = 0.01;
  return all;
}

struct Case {
  int kind;
  Setting setting;

  void expect(bool holds, const std::string &what) const {
    static const char *const kinds[] = {"Nero", "SGD", "Adam", "LAMB", "Madam", "Fromage", "LARS"};
    if (holds) return;
    nero_failures++;
    fprintf(stderr, "%s, %s: %s\n", kinds[kind], setting.name, what.c_str());
  }
  bool constrained() const { return setting.constraint != NERO_CONSTRAINT_NONE; }
  /// The state that is a tensor's scale, or null.
  const char *scale() const {
    if (kind == NERO_KIND_NERO) return "scale";
    return kind == NERO_KIND_MADAM || (kind == NERO_KIND_FROMAGE && !setting.other_form) ? "bound" : nullptr;
  }
  /// Whether a neuron's step depends on no other neuron of its tensor.
  bool by_neuron() const { return kind <= NERO_KIND_ADAM || kind == NERO_KIND_MADAM; }
};

/// NaN is like itself.
bool same_bits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]) == 0);
}

/// The first tensor that differs, or -1.
int64_t first_unlike(const Tensors &a, const Tensors &b) {
  for (size_t i = 0; i < a.size(); i++) {
    if (!same_bits(a[i], b[i])) return static_cast<int64_t>(i);
  }
  return -1;
}

struct Outcome {
  Tensors started, weights;  ///< as the optimiser was made, and in the end
  std::vector<std::vector<NamedState>> states;
  nero_step_report reports[kSteps];
};

class Run {
 public:
  Run(const Case &c, bool one_by_one, bool grown) : case_(c), one_by_one_(one_by_one), many_(grown, c.setting.large) {}

  Outcome on(nero_context *context) {
    nero_optimizer_options options = options_of(case_.kind);
    options.constraint = case_.setting.constraint;
    options.non_finite = case_.setting.policy;
    options.degenerate = NERO_DEGENERATE_EXEMPT;
    const Hypers hypers = hypers_of(case_.setting);
    nero_status status =
        nero_optimizer_create(context, static_cast<nero_optimizer_kind>(case_.kind), hypers.of(case_.kind), &options,
                              many_.parameters.data(), kTensors, &optimizer_, nullptr);
    case_.expect(status == NERO_OK, "no optimiser");
    Outcome result;
    result.started = many_.own_weights();
    for (int i = 0; i < kSteps; i++) {
      // One change a step: a table that is laid out again for one is not for another.
      if (i == 1) other_numbers();
      if (i == 2) other_exempt();
      if (i == 3) other_memory();
      result.reports[i] = step_once();
    }
    case_.expect(first_unlike(many_.left_weights, left_as_) < 0, "memory was written to that is not bound any more");
    result.weights = many_.own_weights();
    for (int64_t i = 0; i < kTensors; i++) result.states.push_back(many_.own_states(optimizer_, i));
    nero_optimizer_destroy(optimizer_, nullptr);
    return result;
  }

 private:
  nero_step_report step_once() {
    nero_step_report report = empty_report();
    const double rate = case_.setting.rate;
    const nero_status status = one_by_one_ ? step_in_parts(optimizer_, many_.parameters, &report, false, rate)
                                           : step(optimizer_, &report, rate);
    case_.expect(status == NERO_OK, "a step failed");
    return report;
  }
  nero_status write(int64_t parameter, const char *name, const void *from, size_t bytes) {
    return nero_optimizer_state_write(optimizer_, parameter, name, from, bytes, nullptr);
  }
  void other_numbers() {
    if (case_.setting.policy == NERO_NON_FINITE_SKIP_STEP) many_.cure_gradients();
    for (const int64_t parameter : {int64_t{0}, int64_t{10}, int64_t{11}, kTensors - 1}) {
      const int64_t steps = 40 + parameter;
      case_.expect(write(parameter, "step", &steps, sizeof steps) == NERO_OK, "step was not written");
      const double scale = 0.25;
      for (const char *name : {"scale", "bound"}) {
        const bool known = case_.scale() != nullptr && std::strcmp(case_.scale(), name) == 0;
        case_.expect(write(parameter, name, &scale, sizeof scale) == (known ? NERO_OK : NERO_ERROR_NOT_FOUND),
                     std::string("another status of writing ") + name);
      }
    }
  }
  /// A neuron of a tensor that has had no such one, and no more the one of another, which is then met unbalanced.
  void other_exempt() {
    for (const int64_t parameter : {int64_t{50}, kDegenerate}) {
      std::vector<double> flags(static_cast<size_t>(many_.parameters[static_cast<size_t>(parameter)].neurons));
      flags[0] = parameter == kDegenerate ? 0 : 1;
      const nero_status status = write(parameter, "exempt", flags.data(), flags.size() * sizeof flags[0]);
      case_.expect(status == (case_.constrained() ? NERO_OK : NERO_ERROR_NOT_FOUND),
                   "another status of writing exempt");
    }
  }
  void other_memory() {
    const std::vector<nero_binding> bindings = many_.move(150, 350);
    left_as_ = many_.left_weights;
    const nero_status status =
        nero_optimizer_rebind(optimizer_, bindings.data(), static_cast<int64_t>(bindings.size()), nullptr);
    case_.expect(status == NERO_OK, "memory was not bound");
  }

  const Case &case_;
  const bool one_by_one_;
  Many many_;
  Tensors left_as_;
  nero_optimizer *optimizer_ = nullptr;
};

void same_weights(const Case &c, const Outcome &got, const Outcome &wanted, const std::string &how) {
  const int64_t unlike = first_unlike(got.weights, wanted.weights);
  c.expect(unlike < 0, how + ": other weights of parameter " + std::to_string(unlike));
}

void same_reports(const Case &c, const Outcome &got, const Outcome &wanted, const std::string &how) {
  for (int i = 0; i < kSteps; i++) {
    const nero_step_report &a = got.reports[i];
    const nero_step_report &b = wanted.reports[i];
    c.expect(a.step == b.step && a.neurons_unbalanced == b.neurons_unbalanced,
             how + ": another report of step " + std::to_string(i));
  }
}

void same_states(const Case &c, const Outcome &got, const Outcome &wanted, const std::string &how) {
  for (size_t i = 0; i < got.states.size(); i++) {
    for (size_t k = 0; k < got.states[i].size(); k++) {
      if (got.states[i][k] == wanted.states[i][k]) continue;
      c.expect(false, how + ": another " + got.states[i][k].name + " of parameter " + std::to_string(i));
      return;
    }
  }
}

/// What is known of an outcome by itself.
void takes_place(const Case &c, const Outcome &outcome, const std::string &how) {
  const bool moves = first_unlike(outcome.weights, outcome.started) >= 0;
  c.expect(moves == (c.setting.rate > 0), how + (moves ? ": weights move" : ": no weight moves"));
  const bool skips = c.setting.policy == NERO_NON_FINITE_SKIP_STEP;
  for (int i = 0; i < kSteps; i++) {
    const nero_step_report &report = outcome.reports[i];
    const auto count = [&](int64_t got, int64_t wanted, const char *of) {
      c.expect(got == wanted, how + ", step " + std::to_string(i) + ": " + of + " are " + std::to_string(got) +
                                  " instead of " + std::to_string(wanted));
    };
    count(report.skipped, skips && i == 0 ? 1 : 0, "skipped steps");
    count(report.parameters_stepped, skips && i == 0 ? 0 : kTensors - 1, "parameters stepped");
    count(report.parameters_absent, 1, "parameters absent");
    count(report.neurons_non_finite, skips && i > 0 ? 0 : kPoisoned, "neurons that are not finite");
    // One at least since a neuron of equal weights is not exempt any more.
    const bool unbalanced = c.constrained() && moves && i >= 2;
    c.expect(!unbalanced || report.neurons_unbalanced > 0, how + ": no neuron is met unbalanced");
    count(report.neurons_exempt, c.constrained() ? kDegenerates : 0, "exempt neurons");
  }
}

void one_call_for_many_is_a_call_for_each(nero_context *one_thread, nero_context *two_threads) {
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    for (const Setting &setting : kSettings) {
      const Case c = {kind, setting};
      const Outcome each = Run(c, true, false).on(one_thread);
      takes_place(c, each, "one by one");
      const auto compare = [&](const Outcome &other, const char *how) {
        takes_place(c, other, how);
        same_weights(c, other, each, how);
        same_reports(c, other, each, how);
        same_states(c, other, each, how);
      };
      compare(Run(c, false, false).on(one_thread), "in series, one thread");
      compare(Run(c, false, false).on(two_threads), "in series, two threads");
      if (c.by_neuron()) compare(Run(c, true, true).on(one_thread), "in large tensors");
    }
  }
}

}  // namespace

int main() {
  nero_context *one_thread = make_context(1);
  nero_context *two_threads = make_context(2);
  one_call_for_many_is_a_call_for_each(one_thread, two_threads);
  nero_context_destroy(two_threads, nullptr);
  nero_context_destroy(one_thread, nullptr);
  return nero_failures == 0 ? 0 : 1;
}
