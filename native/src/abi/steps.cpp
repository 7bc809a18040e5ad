// One parameter, one step, state in the caller's buffers.
#include <cmath>

#include "abi/guard.h"
#include "runtime/algorithms.h"

using namespace nero;

namespace {

/// A state buffer of the caller's, which must be aligned and overlap nothing.
struct Buffer {
  const char *name;
  void *address;
  uint64_t bytes;
  uint64_t alignment;
};

Slot slot_of(const nero_parameter &description, nero_constraint constraint) {
  Slot slot;
  slot.parameter = checked_parameter(description, 0);
  const bool free = slot.parameter.layout == NERO_VECTOR || slot.parameter.unconstrained;
  slot.constraint = free ? NERO_CONSTRAINT_NONE : constraint;
  slot.scale = slot.parameter.scale;
  return slot;
}

void check_buffers(const Slot &slot, const Buffer *buffers, int count) {
  const auto bytes = static_cast<uint64_t>(slot.parameter.elements) * 4;
  std::vector<Extent> extents;
  add_extent(extents, "weights", 0, slot.parameter.weights, bytes);
  add_extent(extents, "gradients", 0, slot.parameter.gradients, bytes);
  for (int i = 0; i < count; i++) {
    const Buffer &b = buffers[i];
    require_bytes(b.address, b.bytes, b.name);
    if (reinterpret_cast<uint64_t>(b.address) % b.alignment != 0) {
      throw Failure(NERO_ERROR_ALIGNMENT,
                    text("%s: address %p is no multiple of %llu", b.name, b.address, (unsigned long long)b.alignment),
                    0);
    }
    add_extent(extents, b.name, 0, b.address, b.bytes);
  }
  check_overlaps(extents, {slot.parameter});
}

void run(nero_context *context, Slot &slot, const Algorithm &algorithm, const nero_step_terms &given,
         const Buffer *buffers, int count, nero_step_report *out) {
  Context &c = valid(context);
  nero_step_report *report = known_report(out);
  check_buffers(slot, buffers, count);
  if (given.step < 1)
    throw Failure(NERO_ERROR_ARGUMENT, text("step is %lld, it must be 1 or more", (long long)given.step));
  const Terms terms = checked_terms(given.learning_rate, given.gradient_scale, given.non_finite);
  const bool absent = slot.parameter.gradients == nullptr && slot.parameter.elements > 0;
  RangeResult results[kMostRanges];
  Job job{&slot, slot.parameter.weights, slot.parameter.gradients, cut(slot.parameter), 0};
  Stepper stepper(c.kernels(), c.team(), algorithm, &job, 1, results);
  double scale = terms.gradient_scale;
  double norm = std::nan("");
  int64_t non_finite = 0;
  const double most = algorithm.max_gradient_norm();
  if (!absent && (terms.non_finite == NERO_NON_FINITE_SKIP_STEP || most > 0)) {
    norm = std::sqrt(stepper.inspect(scale, non_finite));
    if (most > 0 && norm > most) scale *= most / norm;
  }
  const bool skipped = terms.non_finite == NERO_NON_FINITE_SKIP_STEP && non_finite > 0;
  Tally tally;
  tally.non_finite = skipped ? non_finite : 0;
  slot.rate = terms.learning_rate * slot.parameter.learning_rate_factor;
  if (!absent && !skipped) {
    algorithm.prepare(slot, scale, given.step);
    tally = stepper.step(terms.non_finite);
  }
  if (report == nullptr) return;
  *report = {sizeof *report,
             skipped ? 1u : 0u,
             skipped ? given.step - 1 : given.step,
             absent || skipped ? 0 : 1,
             absent ? 1 : 0,
             tally.non_finite,
             tally.unbalanced,
             0,
             norm};
}

Slot checked_slot(const nero_parameter *parameter, const nero_step_terms *terms) {
  const nero_step_terms &t = known(terms, "nero_step_terms");
  require_enum("constraint", t.constraint, NERO_CONSTRAINT_BALANCED);
  require_enum("non_finite", t.non_finite, NERO_NON_FINITE_PROPAGATE);
  return slot_of(known(parameter, "nero_parameter"), t.constraint);
}

Buffer elements(const char *name, const Slot &slot, float *address) {
  return {name, address, static_cast<uint64_t>(slot.parameter.elements) * 4, 4};
}

void require_scale(const Slot &slot, const char *what) {
  if (slot.scale > 0 || slot.parameter.elements == 0) return;
  throw Failure(
      NERO_ERROR_ARGUMENT,
      text("parameter '%s': scale is %g, the %s must be above 0", slot.parameter.name.c_str(), slot.scale, what), 0);
}

}  // namespace

nero_status nero_project(nero_context *context, const nero_parameter *parameter, nero_constraint constraint,
                         nero_error *error) {
  return guarded(error, [&] {
    const Kernels &k = valid(context).kernels();
    require_enum("constraint", constraint, NERO_CONSTRAINT_BALANCED);
    const Slot slot = slot_of(known(parameter, "nero_parameter"), constraint);
    const Parameter &p = slot.parameter;
    const Tensor tensor{p.layout,    slot.constraint, NERO_NON_FINITE_PROPAGATE,
                        p.neurons,   p.fan_in,        p.weights,
                        p.gradients, nullptr,         true};
    const int64_t first = k.find_degenerate(tensor, {0, p.neurons}, nullptr);
    if (first >= 0) {
      throw Failure(NERO_ERROR_DEGENERATE_NEURON,
                    text("parameter '%s': neuron %lld of %lld cannot be balanced: its %lld weights are equal or zero",
                         p.name.c_str(), (long long)first, (long long)p.neurons, (long long)p.fan_in),
                    0, first);
    }
    k.project(tensor, 0, {0, p.neurons});
  });
}

nero_status nero_measure_scale(nero_context *context, const nero_parameter *parameter, double *scale,
                               nero_error *error) {
  return guarded(error, [&] {
    const Kernels &k = valid(context).kernels();
    double &out = required(scale, "scale");
    const Slot slot = slot_of(known(parameter, "nero_parameter"), NERO_CONSTRAINT_NONE);
    const Parameter &p = slot.parameter;
    double norms = 0;
    double squares = 0;
    k.measure({p.layout, NERO_CONSTRAINT_NONE, NERO_NON_FINITE_PROPAGATE, p.neurons, p.fan_in, p.weights, p.gradients,
               nullptr, true},
              {0, p.neurons}, norms, squares);
    const double mean = p.neurons > 0 ? norms / static_cast<double>(p.neurons) : 0;
    out = mean == 0 ? 0.01 : mean;
  });
}

nero_status nero_step_nero(nero_context *context, const nero_parameter *parameter, double *square,
                           const nero_nero_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                           nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_nero(known(hyper, "nero_nero_hyper"));
    Slot slot = checked_slot(parameter, terms);
    if (hyper->scale == NERO_SCALE_STORED) require_scale(slot, "mean neuron norm");
    slot.neuron = square;
    const Buffer buffer{"square", square, static_cast<uint64_t>(slot.parameter.neurons) * 8, 8};
    run(context, slot, *algorithm, *terms, &buffer, 1, report);
  });
}

nero_status nero_step_sgd(nero_context *context, const nero_parameter *parameter, float *momentum,
                          const nero_sgd_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                          nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_sgd(known(hyper, "nero_sgd_hyper"));
    Slot slot = checked_slot(parameter, terms);
    slot.first = momentum;
    const Buffer buffer = elements("momentum", slot, momentum);
    run(context, slot, *algorithm, *terms, &buffer, hyper->momentum > 0 ? 1 : 0, report);
  });
}

nero_status nero_step_adam(nero_context *context, const nero_parameter *parameter, float *first_moment,
                           float *second_moment, float *max_second_moment, const nero_adam_hyper *hyper,
                           const nero_step_terms *terms, nero_step_report *report, nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_adam(known(hyper, "nero_adam_hyper"));
    Slot slot = checked_slot(parameter, terms);
    slot.first = first_moment;
    slot.second = second_moment;
    slot.third = max_second_moment;
    const Buffer buffers[] = {elements("first_moment", slot, first_moment),
                              elements("second_moment", slot, second_moment),
                              elements("max_second_moment", slot, max_second_moment)};
    run(context, slot, *algorithm, *terms, buffers, hyper->amsgrad != 0 ? 3 : 2, report);
  });
}

nero_status nero_step_lamb(nero_context *context, const nero_parameter *parameter, float *first_moment,
                           float *second_moment, double *trust_ratio, const nero_lamb_hyper *hyper,
                           const nero_step_terms *terms, nero_step_report *report, nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_lamb(known(hyper, "nero_lamb_hyper"));
    Slot slot = checked_slot(parameter, terms);
    slot.first = first_moment;
    slot.second = second_moment;
    const Buffer buffers[] = {elements("first_moment", slot, first_moment),
                              elements("second_moment", slot, second_moment)};
    run(context, slot, *algorithm, *terms, buffers, 2, report);
    if (trust_ratio != nullptr) *trust_ratio = slot.trust_ratio;
  });
}

nero_status nero_step_madam(nero_context *context, const nero_parameter *parameter, float *root_second_moment,
                            const nero_madam_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                            nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_madam(known(hyper, "nero_madam_hyper"));
    Slot slot = checked_slot(parameter, terms);
    require_scale(slot, "bound");
    slot.first = root_second_moment;
    const Buffer buffer = elements("root_second_moment", slot, root_second_moment);
    run(context, slot, *algorithm, *terms, &buffer, 1, report);
  });
}

nero_status nero_step_fromage(nero_context *context, const nero_parameter *parameter, const nero_fromage_hyper *hyper,
                              const nero_step_terms *terms, nero_step_report *report, nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_fromage(known(hyper, "nero_fromage_hyper"));
    Slot slot = checked_slot(parameter, terms);
    if (hyper->weight_bound > 0) require_scale(slot, "bound");
    run(context, slot, *algorithm, *terms, nullptr, 0, report);
  });
}

nero_status nero_step_lars(nero_context *context, const nero_parameter *parameter, float *momentum,
                           const nero_lars_hyper *hyper, const nero_step_terms *terms, nero_step_report *report,
                           nero_error *error) {
  return guarded(error, [&] {
    const auto algorithm = make_lars(known(hyper, "nero_lars_hyper"));
    Slot slot = checked_slot(parameter, terms);
    slot.first = momentum;
    const Buffer buffer = elements("momentum", slot, momentum);
    run(context, slot, *algorithm, *terms, &buffer, 1, report);
  });
}
