#include "runtime/stateless.h"

#include <cmath>

#include "runtime/failure.h"
#include "runtime/stepper.h"

namespace nero {

Slot checked_slot(const nero_parameter &description, nero_constraint constraint) {
  Slot slot;
  slot.parameter = checked_parameter(description, 0);
  const bool free = slot.parameter.layout == NERO_VECTOR || slot.parameter.unconstrained;
  slot.constraint = free ? NERO_CONSTRAINT_NONE : constraint;
  slot.scale = slot.parameter.scale;
  return slot;
}

namespace {

const nero_step_terms &checked(const nero_step_terms &terms) {
  require_enum("constraint", terms.constraint, NERO_CONSTRAINT_BALANCED);
  require_enum("non_finite", terms.non_finite, NERO_NON_FINITE_PROPAGATE);
  if (terms.step < 1) {
    throw Failure(NERO_ERROR_ARGUMENT, text("step is %lld, it must be 1 or more", (long long)terms.step));
  }
  checked_terms(terms.learning_rate, terms.gradient_scale, terms.non_finite);
  return terms;
}

}  // namespace

StatelessStep::StatelessStep(Context &context, const Algorithm &algorithm, const nero_parameter &parameter,
                             const nero_step_terms &terms)
    : context_(context),
      algorithm_(algorithm),
      terms_(checked(terms)),
      slot_(checked_slot(parameter, terms.constraint)) {
  const Parameter &p = slot_.parameter;
  const auto bytes = static_cast<uint64_t>(p.elements) * 4;
  add_extent(extents_, "weights", p, 0, p.weights, bytes);
  add_extent(extents_, "gradients", p, 0, p.gradients, bytes);
  require_reachable("weights", p.weights, bytes);
  require_reachable("gradients", p.gradients, bytes);
}

void StatelessStep::require_scale(const char *what) const {
  const Parameter &p = slot_.parameter;
  if (p.scale > 0 || p.elements == 0) return;
  throw Failure(NERO_ERROR_ARGUMENT,
                text("parameter '%s': scale is %g, the %s must be above 0", p.name.c_str(), p.scale, what), 0);
}

void StatelessStep::require_reachable(const char *name, const void *buffer, uint64_t bytes) const {
  if (buffer == nullptr || bytes == 0) return;
  context_.backend().require_reachable(name, slot_.parameter.name.c_str(), 0, buffer);
}

void StatelessStep::add(const char *name, const void *buffer, int64_t count, uint64_t size) {
  const Parameter &p = slot_.parameter;
  const uint64_t bytes = static_cast<uint64_t>(count) * size;
  if (buffer == nullptr && bytes > 0) {
    throw Failure(NERO_ERROR_NULL,
                  text("%s of '%s': NULL, %lld elements need %llu bytes", name, p.name.c_str(), (long long)count,
                       (unsigned long long)bytes),
                  0);
  }
  const auto remainder = static_cast<unsigned>(reinterpret_cast<uint64_t>(buffer) % size);
  if (remainder != 0) {
    throw Failure(NERO_ERROR_ALIGNMENT,
                  text("%s of '%s': address %p is %u past a multiple of %llu", name, p.name.c_str(), buffer, remainder,
                       (unsigned long long)size),
                  0);
  }
  add_extent(extents_, name, p, 0, buffer, bytes);
}

void StatelessStep::elements(const char *name, float *&place, float *buffer) {
  add(name, buffer, slot_.parameter.elements, sizeof *buffer);
  require_reachable(name, buffer, static_cast<uint64_t>(slot_.parameter.elements) * sizeof *buffer);
  place = buffer;
}

void StatelessStep::neurons(const char *name, double *&place, double *buffer) {
  add(name, buffer, slot_.parameter.neurons, sizeof *buffer);
  require_reachable(name, buffer, static_cast<uint64_t>(slot_.parameter.neurons) * sizeof *buffer);
  place = buffer;
}

void StatelessStep::result(const char *name, double *buffer) {
  if (buffer != nullptr) add(name, buffer, 1, sizeof *buffer);
}

bool StatelessStep::run(nero_step_report *report) {
  check_overlaps(extents_);
  if (context_.backend().kind() != NERO_DEVICE_CPU) return run_on_device(report);
  const bool absent = slot_.parameter.gradients == nullptr && slot_.parameter.elements > 0;
  RangeResult results[kMostRanges];
  Group groups[kMostRanges];
  Job job = make_job(slot_, slot_.parameter.weights, slot_.parameter.gradients, terms_.non_finite);
  Item item;
  Plan plan = laid_out(algorithm_, &job, &item, 1, groups);
  Stepper stepper(context_.kernels(), context_.team(), algorithm_, plan, results);
  double scale = terms_.gradient_scale;
  double norm = std::nan("");
  int64_t non_finite = 0;
  const bool may_skip = terms_.non_finite == NERO_NON_FINITE_SKIP_STEP;
  const double most = algorithm_.max_gradient_norm();
  if (may_skip || most > 0) {
    if (!absent) non_finite = stepper.inspect(scale);
    norm = std::sqrt(slot_.gradient_norm2);
    if (most > 0 && norm > most) scale *= most / norm;
  }
  const bool skipped = may_skip && non_finite > 0;
  const bool moves = !absent && !skipped;
  Tally tally;
  if (skipped) tally.non_finite = non_finite;
  if (moves) {
    prepare(algorithm_, job, nullptr, {terms_.non_finite, terms_.learning_rate, scale}, terms_.step);
    tally = stepper.step();
  }
  if (report == nullptr) return moves;
  *report = {sizeof *report,
             skipped ? 1u : 0u,
             skipped ? terms_.step - 1 : terms_.step,
             moves ? 1 : 0,
             absent ? 1 : 0,
             tally.non_finite,
             tally.unbalanced,
             0,
             norm};
  return moves;
}

/// The device's own table, of one parameter, for one step.
bool StatelessStep::run_on_device(nero_step_report *report) {
  nero_optimizer_options options{};
  options.struct_size = sizeof options;
  options.constraint = terms_.constraint;
  options.non_finite = terms_.non_finite;
  std::vector<Slot> slots;
  slots.push_back(slot_);
  int64_t steps = terms_.step - 1;
  slots[0].step = &steps;
  const auto resident = context_.backend().resident(algorithm_, options, slots);
  resident->step({terms_.non_finite, terms_.learning_rate, terms_.gradient_scale});
  const bool has_ratio = algorithm_.state().trust_ratio;
  if (report == nullptr && !has_ratio) return true;
  nero_step_report result{};
  resident->report(result);
  if (has_ratio) {
    context_.backend().copy(&slot_.trust_ratio, resident->numbers(0).trust_ratio, sizeof slot_.trust_ratio,
                            NERO_COPY_DEVICE_TO_HOST, true);
  }
  const bool moves = result.parameters_stepped == 1;
  if (report != nullptr) {
    *report = result;
    report->struct_size = sizeof *report;
    // The caller counts: the step is his, whether or not a gradient was there.
    report->step = result.skipped != 0 ? terms_.step - 1 : terms_.step;
  }
  return moves;
}

}  // namespace nero
