// Steps in parts, their order, and memory that moves between steps.
#include "check.h"
#include "model.h"

namespace {

const nero_step_args kArgs{sizeof kArgs, 0, 0.01, 1};

nero_status apply(nero_optimizer *optimizer, const Model &model, int64_t i, nero_error *error) {
  const nero_parameter &p = model.parameters[static_cast<size_t>(i)];
  return nero_optimizer_apply(optimizer, i, p.weights, p.weights_bytes, p.gradients, p.gradients_bytes, error);
}

nero_status observe(nero_optimizer *optimizer, const Model &model, int64_t i, nero_error *error) {
  const nero_parameter &p = model.parameters[static_cast<size_t>(i)];
  return nero_optimizer_observe(optimizer, i, p.gradients, p.gradients_bytes, error);
}

void calls_out_of_order() {
  nero_context *context = make_context(1);
  Model model;
  Message error;
  nero_optimizer *nero = make_optimizer(context, NERO_KIND_NERO, model.parameters);
  uint32_t wanted = 9;
  CHECK(apply(nero, model, 1, error) == NERO_ERROR_SEQUENCE && error.says("begin"));
  CHECK(observe(nero, model, 1, error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_end(nero, nullptr, error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_abandon(nero, error) == NERO_OK);
  CHECK(nero_optimizer_begin(nero, &kArgs, &wanted, error) == NERO_OK && wanted == 0);
  CHECK(nero_optimizer_begin(nero, &kArgs, &wanted, error) == NERO_ERROR_SEQUENCE);
  CHECK(step(nero, nullptr, 0.01, error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_rebind(nero, nullptr, 0, error) == NERO_ERROR_SEQUENCE);
  CHECK(observe(nero, model, 1, error) == NERO_ERROR_SEQUENCE);
  CHECK(apply(nero, model, 1, error) == NERO_OK);
  CHECK(apply(nero, model, 1, error) == NERO_ERROR_SEQUENCE && error.says("parameter 1"));
  const nero_parameter &p = model.parameters[2];
  CHECK(nero_optimizer_apply(nero, 99, p.weights, p.weights_bytes, p.gradients, p.gradients_bytes, error) ==
        NERO_ERROR_NOT_FOUND);
  CHECK(error.says("99"));
  CHECK(nero_optimizer_apply(nero, 2, p.weights, p.weights_bytes - 4, p.gradients, p.gradients_bytes, error) ==
        NERO_ERROR_SIZE);
  CHECK(nero_optimizer_apply(nero, 2, p.weights, p.weights_bytes, p.gradients, 4, error) == NERO_ERROR_SIZE);
  CHECK(nero_optimizer_apply(nero, 2, nullptr, 0, p.gradients, p.gradients_bytes, error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_apply(nero, 2, p.weights, p.weights_bytes, p.weights, p.weights_bytes, error) ==
        NERO_ERROR_OVERLAP);
  nero_step_report report = empty_report();
  CHECK(nero_optimizer_end(nero, &report, error) == NERO_OK);
  CHECK(report.parameters_stepped == 1 && report.parameters_absent == model.count() - 1);
  nero_optimizer_destroy(nero, nullptr);

  nero_optimizer *lamb = make_optimizer(context, NERO_KIND_LAMB, model.parameters);
  CHECK(nero_optimizer_begin(lamb, &kArgs, &wanted, error) == NERO_OK && wanted == 1);
  CHECK(observe(lamb, model, 1, error) == NERO_OK);
  CHECK(observe(lamb, model, 1, error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_observe(lamb, 4, nullptr, 0, error) == NERO_OK);
  CHECK(nero_optimizer_observe(lamb, -1, p.gradients, p.gradients_bytes, error) == NERO_ERROR_NOT_FOUND);
  CHECK(apply(lamb, model, 1, error) == NERO_OK);
  CHECK(apply(lamb, model, 2, error) == NERO_ERROR_SEQUENCE && error.says("observed"));
  CHECK(apply(lamb, model, 4, error) == NERO_ERROR_SEQUENCE && error.says("absent"));
  CHECK(observe(lamb, model, 2, error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_abandon(lamb, error) == NERO_OK);
  int64_t steps = -1;
  CHECK(nero_optimizer_state_read(lamb, 1, "step", &steps, 8, nullptr) == NERO_OK && steps == 1);
  CHECK(nero_optimizer_state_read(lamb, 2, "step", &steps, 8, nullptr) == NERO_OK && steps == 0);
  CHECK(step(lamb) == NERO_OK);
  nero_optimizer_destroy(lamb, nullptr);
  nero_context_destroy(context, nullptr);
}

/// Abandoned after some were applied: where all advance together, they still do.
void an_abandoned_step_keeps_counts_together() {
  nero_context *context = make_context(1);
  Model model;
  nero_optimizer_options options = options_of(NERO_KIND_ADAM);
  options.step_count = NERO_STEP_COUNT_SHARED;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_ADAM, model.parameters, &options);
  uint32_t wanted = 0;
  for (int i = 0; i < 2; i++) {
    CHECK(nero_optimizer_begin(optimizer, &kArgs, &wanted, nullptr) == NERO_OK);
    CHECK(apply(optimizer, model, 1, nullptr) == NERO_OK);
    CHECK(nero_optimizer_abandon(optimizer, nullptr) == NERO_OK);
  }
  CHECK(nero_optimizer_begin(optimizer, &kArgs, &wanted, nullptr) == NERO_OK);
  CHECK(nero_optimizer_abandon(optimizer, nullptr) == NERO_OK);
  for (int64_t i = 0; i < model.count(); i++) {
    int64_t steps = -1;
    CHECK(nero_optimizer_state_read(optimizer, i, "step", &steps, 8, nullptr) == NERO_OK && steps == 2);
  }
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

nero_binding binding_of(const Model &model, int64_t i) {
  const nero_parameter &p = model.parameters[static_cast<size_t>(i)];
  return {sizeof(nero_binding), 0, i, p.weights, p.weights_bytes, p.gradients, p.gradients_bytes};
}

/// Weights and gradients that lie elsewhere from a step on: the same bits, state untouched.
void memory_moves() {
  nero_context *context = make_context(2);
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    Model still, from, to;
    const auto reference = run(context, kind, still, 4);
    nero_optimizer *optimizer = make_optimizer(context, kind, from.parameters);
    CHECK(step(optimizer) == NERO_OK && step(optimizer) == NERO_OK);
    const auto left = from.weights;
    std::vector<nero_binding> bindings;
    for (int64_t i = 0; i < to.count(); i++) {
      const auto k = static_cast<size_t>(i);
      std::copy(left[k].begin(), left[k].end(), to.weights[k].begin());
      bindings.push_back(binding_of(to, i));
    }
    CHECK(nero_optimizer_rebind(optimizer, bindings.data(), to.count(), nullptr) == NERO_OK);
    CHECK(step(optimizer) == NERO_OK && step(optimizer) == NERO_OK);
    CHECK(to.weights == reference);
    CHECK(from.weights == left);
    nero_optimizer_destroy(optimizer, nullptr);
  }
  nero_context_destroy(context, nullptr);
}

/// One wrong binding and none holds.
void wrong_bindings() {
  nero_context *context = make_context(1);
  Model model, other;
  Message error;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters);
  const auto projected = other.weights;
  const auto refuses = [&](nero_status status, const nero_binding &wrong) {
    const nero_binding two[] = {binding_of(other, 1), wrong};
    CHECK(nero_optimizer_rebind(optimizer, two, 2, error) == status);
    CHECK(step(optimizer) == NERO_OK);
    CHECK(other.weights == projected);  // the first was not bound either
  };
  nero_binding b = binding_of(other, 2);
  b.struct_size = 8;
  refuses(NERO_ERROR_STRUCT_SIZE, b);
  b = binding_of(other, 2);
  b.parameter = 99;
  refuses(NERO_ERROR_NOT_FOUND, b);
  b = binding_of(other, 2);
  b.weights_bytes += 4;
  refuses(NERO_ERROR_SIZE, b);
  CHECK(error.says("154800") && error.says("154804"));
  b = binding_of(other, 2);
  b.gradients = b.weights;
  refuses(NERO_ERROR_OVERLAP, b);
  b = binding_of(other, 2);
  b.weights = model.parameters[4].weights;  // of a parameter that is bound already
  refuses(NERO_ERROR_OVERLAP, b);
  b = binding_of(other, 2);
  b.weights = reinterpret_cast<float *>(reinterpret_cast<char *>(b.weights) + 2);
  refuses(NERO_ERROR_ALIGNMENT, b);
  CHECK(nero_optimizer_rebind(optimizer, nullptr, 1, error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_rebind(optimizer, &b, -1, error) == NERO_ERROR_ARGUMENT);

  // No gradients: the parameter rests. No weights: a step needs them, apply brings them.
  b = binding_of(model, 2);
  b.gradients = nullptr;
  CHECK(nero_optimizer_rebind(optimizer, &b, 1, error) == NERO_OK);
  const auto before = model.weights[2];
  nero_step_report report = empty_report();
  CHECK(step(optimizer, &report) == NERO_OK);
  CHECK(report.parameters_absent == 1 && model.weights[2] == before);
  b = binding_of(model, 2);
  b.weights = nullptr;
  CHECK(nero_optimizer_rebind(optimizer, &b, 1, error) == NERO_OK);
  const auto all = model.weights;
  CHECK(step(optimizer, nullptr, 0.01, error) == NERO_ERROR_SEQUENCE);
  CHECK(error.says("parameter 2") && error.error.parameter == 2);
  CHECK(model.weights == all);
  // The step refused leaves the last one's report.
  nero_step_report after = empty_report();
  CHECK(nero_optimizer_report(optimizer, &after, error) == NERO_OK);
  CHECK(after.step == report.step && after.parameters_stepped == report.parameters_stepped);
  CHECK(after.parameters_absent == report.parameters_absent);
  CHECK(step_in_parts(optimizer, model.parameters) == NERO_OK);
  CHECK(model.weights[2] != before);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main() {
  calls_out_of_order();
  an_abandoned_step_keeps_counts_together();
  memory_moves();
  wrong_bindings();
  return nero_failures != 0;
}
