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

/// Everything of a step that bindings and exempt neurons decide.
void Optimizer::lay_out() {
  int64_t count = 0;
  unbound_ = -1;
  for (Slot &slot : slots_) {
    const Parameter &p = slot.parameter;
    if (!present(slot)) continue;
    if (unbound_ < 0 && p.weights == nullptr && p.elements > 0) unbound_ = &slot - slots_.data();
    jobs_[static_cast<size_t>(count++)] = make_job(slot, p.weights, p.gradients, options_.non_finite);
  }
  const Plan before = plan_;
  plan_ = laid_out(*algorithm_, jobs_.data(), items_.data(), count, groups_.data());
  // Memory that moves, and another set of gradients, take as long.
  if (before.elements > 0) {
    plan_.seconds = before.seconds / static_cast<double>(before.elements) * static_cast<double>(plan_.elements);
  }
  laid_out_ = true;
}

Plan Optimizer::one_job(Job &job, double seconds) {
  Plan plan = laid_out(*algorithm_, &job, item_of_one_.data(), 1, groups_of_one_.data());
  if (seconds > 0) plan.seconds = seconds;
  return plan;
}

Stepper Optimizer::stepper(Plan &plan) {
  return {context_.kernels(), context_.team(), *algorithm_, plan, results_.data()};
}

void Optimizer::start(const nero_step_args &args) {
  if (phase_ != Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "a step is under way: end or abandon it first");
  require_size("nero_step_args", args.struct_size, sizeof args);
  terms_ = checked_terms(args.learning_rate, args.gradient_scale, options_.non_finite);
  if (!laid_out_) lay_out();
  if (most_steps_ < 0) {
    for (const int64_t step : steps_) most_steps_ = std::max(most_steps_, step);
  }
  step_ = std::max<int64_t>(most_steps_, 0) + 1;
  clip_ = 1;
  gradient_norm2_ = 0;
  inspected_non_finite_ = 0;
  inspected_ = false;
  skipped_ = false;
  tally_ = {};
  norms_.clear();
  std::fill(turns_.begin(), turns_.end(), Turn::kNone);
  std::fill(observed_.begin(), observed_.end(), Observed::kNot);
}

/// norms_ holds |g|^2 of each parameter inspected. They are added in the order of their size: that of the parameters in
/// the table, or of the calls, changes no bit.
void Optimizer::decide() {
  if (!inspected_) return;
  std::sort(norms_.begin(), norms_.end());
  gradient_norm2_ = 0;
  for (const double norm2 : norms_) gradient_norm2_ += norm2;
  skipped_ = options_.non_finite == NERO_NON_FINITE_SKIP_STEP && inspected_non_finite_ > 0;
  const double most = algorithm_->max_gradient_norm();
  const double norm = std::sqrt(gradient_norm2_);
  clip_ = most > 0 && norm > most ? most / norm : 1;
}

void Optimizer::inspect(Plan &plan) {
  inspected_non_finite_ += stepper(plan).inspect(terms_.gradient_scale);
  for (int64_t i = 0; i < plan.count; i++) norms_.push_back(plan.jobs[i].slot->gradient_norm2);
  inspected_ = true;
}

void Optimizer::step_jobs(Plan &plan) {
  const bool shared = options_.step_count == NERO_STEP_COUNT_SHARED;
  const Terms terms = {terms_.non_finite, terms_.learning_rate, terms_.gradient_scale * clip_};
  const auto index_of = [this](const Job &job) { return static_cast<size_t>(job.slot - slots_.data()); };
  for (int64_t i = 0; i < plan.count; i += plan.jobs[i].together) {
    Job &job = plan.jobs[i];
    const size_t index = index_of(job);
    int64_t *steps = &steps_[index];
    const int64_t number = shared ? step_ : steps[0] + 1;
    int64_t together = 1;
    while (together < job.series && (shared || steps[together] == steps[0])) together++;
    if (job.together != together) job.together = together;
    // A job before this one has its new number by now.
    const bool same = job.like != nullptr && (shared || steps_[index_of(*job.like)] == number);
    prepare(*algorithm_, job, same ? job.like : nullptr, terms, number);
    if (together == 1) {
      steps[0] = number;
      turns_[index] = Turn::kStepped;
    } else {
      std::fill_n(steps, together, number);
      std::fill_n(&turns_[index], together, Turn::kStepped);
    }
    most_steps_ = std::max(most_steps_, number);
  }
  const Tally tally = stepper(plan).step();
  tally_.non_finite += tally.non_finite;
  tally_.unbalanced += tally.unbalanced;
}

void Optimizer::require_bound() const {
  if (unbound_ < 0) return;
  throw Failure(NERO_ERROR_SEQUENCE,
                text("weights '%s' are bound to no memory: rebind them, or use begin and apply",
                     slots_[static_cast<size_t>(unbound_)].parameter.name.c_str()),
                unbound_);
}

Terms Optimizer::resident_terms(const nero_step_args &args) const {
  require_size("nero_step_args", args.struct_size, sizeof args);
  require_bound();
  return checked_terms(args.learning_rate, args.gradient_scale, options_.non_finite);
}

void Optimizer::step(const nero_step_args &args, nero_step_report *report) {
  if (resident_) {
    resident_->step(resident_terms(args));
    stepped_ = true;
    if (report != nullptr) this->report(*report);
    return;
  }
  // Before start, which forgets what the last step did.
  require_bound();
  start(args);
  if (needs_inspection()) inspect(plan_);
  decide();
  if (skipped_) {
    for (const Job *job = plan_.jobs; job < plan_.jobs + plan_.count; job++) {
      turns_[static_cast<size_t>(job->slot - slots_.data())] = Turn::kSkipped;
    }
  } else {
    step_jobs(plan_);
  }
  finish(report);
}

bool Optimizer::begin(const nero_step_args &args) {
  if (resident_) {
    throw Failure(NERO_ERROR_UNSUPPORTED, "begin: a device steps the whole table at once, from its own memory");
  }
  start(args);
  inspected_ = needs_inspection();
  phase_ = inspected_ ? Phase::kObserving : Phase::kApplying;
  return inspected_;
}

void Optimizer::observe(int64_t parameter, const float *gradients, uint64_t bytes) {
  if (phase_ != Phase::kObserving) {
    throw Failure(NERO_ERROR_SEQUENCE, "observe belongs between a begin that asks for it and the first apply");
  }
  Slot &s = slot(parameter);
  Observed &seen = observed_[static_cast<size_t>(parameter)];
  if (seen != Observed::kNot) {
    throw Failure(NERO_ERROR_SEQUENCE, text("gradient '%s' was observed already", s.parameter.name.c_str()), parameter);
  }
  check_buffer("gradients", s.parameter, parameter, gradients, bytes, true);
  seen = gradients == nullptr ? Observed::kAbsent : Observed::kThere;
  if (gradients == nullptr) return;
  Job job = make_job(s, s.parameter.weights, gradients, options_.non_finite);
  Plan plan = one_job(job, seconds_of_one_[static_cast<size_t>(parameter)]);
  inspect(plan);
}

void Optimizer::apply(int64_t parameter, float *weights, uint64_t weights_bytes, const float *gradients,
                      uint64_t gradients_bytes) {
  if (phase_ == Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "apply without begin");
  Slot &s = slot(parameter);
  const char *name = s.parameter.name.c_str();
  const auto index = static_cast<size_t>(parameter);
  if (turns_[index] != Turn::kNone) {
    throw Failure(NERO_ERROR_SEQUENCE, text("parameter '%s' was applied already", name), parameter);
  }
  // Else neither the skipping of steps nor the norm of all gradients would know of it.
  if (needs_inspection() && gradients != nullptr && observed_[index] != Observed::kThere) {
    throw Failure(NERO_ERROR_SEQUENCE,
                  text(observed_[index] == Observed::kNot ? "gradient '%s' must be observed before it is applied"
                                                          : "gradient '%s' was observed as absent: it must be NULL",
                       name),
                  parameter);
  }
  check_buffer("weights", s.parameter, parameter, weights, weights_bytes, false);
  check_buffer("gradients", s.parameter, parameter, gradients, gradients_bytes, true);
  check_apart(s.parameter, parameter, weights, gradients);
  if (phase_ == Phase::kObserving) {
    decide();
    phase_ = Phase::kApplying;
  }
  if (gradients == nullptr && s.parameter.elements > 0) {
    turns_[index] = Turn::kRested;
  } else if (skipped_) {
    turns_[index] = Turn::kSkipped;
  } else {
    Job job = make_job(s, weights, gradients, options_.non_finite);
    Plan plan = one_job(job, seconds_of_one_[index]);
    step_jobs(plan);
    seconds_of_one_[index] = plan.seconds;
  }
}

void Optimizer::end(nero_step_report *report) {
  if (phase_ == Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "end without begin");
  // Every gradient observed and none applied: the step may still have to be skipped.
  if (phase_ == Phase::kObserving) decide();
  phase_ = Phase::kIdle;
  finish(report);
}

void Optimizer::abandon() {
  if (phase_ == Phase::kIdle) return;
  phase_ = Phase::kIdle;
  const bool any = std::find(turns_.begin(), turns_.end(), Turn::kStepped) != turns_.end();
  if (any) advance_together();
}

void Optimizer::advance_together() {
  if (options_.step_count != NERO_STEP_COUNT_SHARED) return;
  std::fill(steps_.begin(), steps_.end(), step_);
  most_steps_ = step_;
}

void Optimizer::finish(nero_step_report *report) {
  // Where all advance together, a step in which every gradient was absent still counts.
  if (!skipped_) advance_together();
  stepped_ = true;
  if (report != nullptr) fill(*report);
}

void Optimizer::fill(nero_step_report &report) const {
  int64_t stepped = 0;
  int64_t skipped = 0;
  int64_t step = 0;
  int64_t exempt = 0;
  for (size_t i = 0; i < slots_.size(); i++) {
    stepped += turns_[i] == Turn::kStepped ? 1 : 0;
    skipped += turns_[i] == Turn::kSkipped ? 1 : 0;
    step = std::max(step, steps_[i]);
    exempt += slots_[i].exempt_count;
  }
  report.skipped = skipped_ ? 1 : 0;
  report.step = step;
  report.parameters_stepped = stepped;
  report.parameters_absent = static_cast<int64_t>(slots_.size()) - stepped - skipped;
  report.neurons_non_finite = skipped_ ? inspected_non_finite_ : tally_.non_finite;
  report.neurons_unbalanced = tally_.unbalanced;
  report.neurons_exempt = exempt;
  report.gradient_norm = inspected_ ? std::sqrt(gradient_norm2_) : std::nan("");
}

void Optimizer::report(nero_step_report &report) {
  if (phase_ != Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "the report of a step that has not ended");
  if (!stepped_) throw Failure(NERO_ERROR_SEQUENCE, "there is no report: no step has been taken");
  if (resident_) {
    resident_->report(report);
  } else {
    fill(report);
  }
}

Graph Optimizer::capture() {
  if (phase_ != Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "capture between begin and end");
  require_bound();
  return {*this, resident_ ? resident_->record() : nullptr};
}

void Optimizer::replay(Recording &recording, const nero_step_args &args) {
  recording.replay(resident_terms(args));
  stepped_ = true;
}

Graph::Graph(Optimizer &optimizer, std::unique_ptr<Recording> recording)
    : optimizer_(optimizer), recording_(std::move(recording)) {
  optimizer_.graphs()++;
}

Graph::~Graph() { optimizer_.graphs()--; }

void Graph::replay(const nero_step_args &args) {
  if (recording_) {
    optimizer_.replay(*recording_, args);
  } else {
    optimizer_.step(args, nullptr);
  }
}

}  // namespace nero
