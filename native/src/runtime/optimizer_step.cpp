// Stepping: the whole table at once, or parameter by parameter between begin and end.
#include <algorithm>
#include <cmath>

#include "runtime/failure.h"
#include "runtime/optimizer.h"

namespace nero {

namespace {

/// An empty parameter has nothing to be absent.
bool present(const Slot &slot) { return slot.parameter.gradients != nullptr || slot.parameter.elements == 0; }

}  // namespace

bool Optimizer::needs_inspection() const {
  return options_.non_finite == NERO_NON_FINITE_SKIP_STEP || algorithm_->max_gradient_norm() > 0;
}

void Optimizer::start(const nero_step_args &args) {
  if (phase_ != Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "a step is under way: end or abandon it first");
  require_size("nero_step_args", args.struct_size, sizeof args);
  terms_ = checked_terms(args.learning_rate, args.gradient_scale, options_.non_finite);
  clip_ = 1;
  gradient_norm2_ = 0;
  inspected_non_finite_ = 0;
  inspected_ = false;
  skipped_ = false;
  tally_ = {};
  std::fill(applied_.begin(), applied_.end(), uint8_t{0});
  std::fill(observed_.begin(), observed_.end(), uint8_t{0});
}

void Optimizer::decide() {
  if (!inspected_) return;
  skipped_ = options_.non_finite == NERO_NON_FINITE_SKIP_STEP && inspected_non_finite_ > 0;
  const double most = algorithm_->max_gradient_norm();
  const double norm = std::sqrt(gradient_norm2_);
  clip_ = most > 0 && norm > most ? most / norm : 1;
}

void Optimizer::step_jobs(Job *jobs, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    Slot &slot = *jobs[i].slot;
    slot.rate = terms_.learning_rate * slot.parameter.learning_rate_factor;
    algorithm_->prepare(slot, terms_.gradient_scale * clip_, slot.step + 1);
  }
  Stepper stepper(context_.kernels(), context_.team(), *algorithm_, jobs, count, results_.data());
  const Tally tally = stepper.step(options_.non_finite);
  tally_.non_finite += tally.non_finite;
  tally_.unbalanced += tally.unbalanced;
  for (int64_t i = 0; i < count; i++) {
    jobs[i].slot->step++;
    applied_[static_cast<size_t>(jobs[i].slot - slots_.data())] = 1;
  }
}

void Optimizer::step(const nero_step_args &args, nero_step_report *report) {
  start(args);
  int64_t count = 0;
  for (Slot &slot : slots_) {
    if (!present(slot)) continue;
    if (slot.parameter.weights == nullptr && slot.parameter.elements > 0) {
      throw Failure(
          NERO_ERROR_SEQUENCE,
          text("weights '%s' are bound to no memory: rebind them, or use begin and apply", slot.parameter.name.c_str()),
          &slot - slots_.data());
    }
    jobs_[static_cast<size_t>(count++)] = {&slot, slot.parameter.weights, slot.parameter.gradients, cut(slot.parameter),
                                           0};
  }
  if (needs_inspection()) {
    Stepper stepper(context_.kernels(), context_.team(), *algorithm_, jobs_.data(), count, results_.data());
    gradient_norm2_ = stepper.inspect(terms_.gradient_scale, inspected_non_finite_);
    inspected_ = true;
  }
  decide();
  if (!skipped_) step_jobs(jobs_.data(), count);
  finish(report);
}

bool Optimizer::begin(const nero_step_args &args) {
  start(args);
  phase_ = needs_inspection() ? Phase::kObserving : Phase::kApplying;
  return phase_ == Phase::kObserving;
}

void Optimizer::observe(int64_t parameter, const float *gradients, uint64_t bytes) {
  if (phase_ != Phase::kObserving) {
    throw Failure(NERO_ERROR_SEQUENCE, "observe belongs between a begin that asks for it and the first apply");
  }
  Slot &s = slot(parameter);
  uint8_t &seen = observed_[static_cast<size_t>(parameter)];
  if (seen != 0)
    throw Failure(NERO_ERROR_SEQUENCE, text("gradient '%s' was observed already", s.parameter.name.c_str()));
  check_buffer("gradients", s.parameter, parameter, gradients, bytes, true);
  seen = 1;
  inspected_ = true;
  if (gradients == nullptr) return;
  Job job{&s, s.parameter.weights, gradients, cut(s.parameter), 0};
  Stepper stepper(context_.kernels(), context_.team(), *algorithm_, &job, 1, results_.data());
  gradient_norm2_ += stepper.inspect(terms_.gradient_scale, inspected_non_finite_);
}

void Optimizer::apply(int64_t parameter, float *weights, uint64_t weights_bytes, const float *gradients,
                      uint64_t gradients_bytes) {
  if (phase_ == Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "apply without begin");
  Slot &s = slot(parameter);
  const char *name = s.parameter.name.c_str();
  const auto index = static_cast<size_t>(parameter);
  if (applied_[index] != 0) throw Failure(NERO_ERROR_SEQUENCE, text("parameter '%s' was applied already", name));
  if (needs_inspection() && gradients != nullptr && observed_[index] == 0) {
    throw Failure(NERO_ERROR_SEQUENCE, text("gradient '%s' must be observed before it is applied", name));
  }
  check_buffer("weights", s.parameter, parameter, weights, weights_bytes, false);
  check_buffer("gradients", s.parameter, parameter, gradients, gradients_bytes, true);
  if (phase_ == Phase::kObserving) {
    decide();
    phase_ = Phase::kApplying;
  }
  if (skipped_ || (gradients == nullptr && s.parameter.elements > 0)) return;
  Job job{&s, weights, gradients, cut(s.parameter), 0};
  step_jobs(&job, 1);
}

void Optimizer::end(nero_step_report *report) {
  if (phase_ == Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "end without begin");
  // Every gradient observed and none applied: the step may still have to be skipped.
  if (phase_ == Phase::kObserving) decide();
  phase_ = Phase::kIdle;
  finish(report);
}

void Optimizer::abandon() { phase_ = Phase::kIdle; }

void Optimizer::finish(nero_step_report *report) {
  int64_t stepped = 0;
  for (const uint8_t one : applied_) stepped += one;
  int64_t step = 0;
  for (const Slot &slot : slots_) step = std::max(step, slot.step);
  if (options_.step_count == NERO_STEP_COUNT_SHARED) {
    // A step in which every gradient was absent still counts where all advance together.
    if (!skipped_ && stepped == 0) step++;
    for (Slot &slot : slots_) slot.step = step;
  }
  if (report == nullptr) return;
  const auto count = static_cast<int64_t>(slots_.size());
  report->skipped = skipped_ ? 1 : 0;
  report->step = step;
  report->parameters_stepped = stepped;
  report->parameters_absent = skipped_ ? 0 : count - stepped;
  report->neurons_non_finite = skipped_ ? inspected_non_finite_ : tally_.non_finite;
  report->neurons_unbalanced = tally_.unbalanced;
  report->neurons_exempt = 0;
  for (const Slot &slot : slots_) report->neurons_exempt += slot.exempt_count;
  report->gradient_norm = inspected_ ? std::sqrt(gradient_norm2_) : std::nan("");
}

}  // namespace nero
