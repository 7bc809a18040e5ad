#include "runtime/optimizer.h"

#include <algorithm>
#include <cmath>

#include "runtime/failure.h"
#include "runtime/survey.h"

namespace nero {

namespace {

void require_reachable(Context &context, const char *what, const Parameter &p, int64_t index, const void *address) {
  if (address != nullptr && p.elements > 0) {
    context.backend().require_reachable(what, p.name.c_str(), index, address);
  }
}

void require_reachable(Context &context, const Parameter &p, int64_t index) {
  require_reachable(context, "weights", p, index, p.weights);
  require_reachable(context, "gradients", p, index, p.gradients);
}

void check_options(const nero_optimizer_options &options) {
  require_size("nero_optimizer_options", options.struct_size, sizeof options);
  require_enum("constraint", options.constraint, NERO_CONSTRAINT_BALANCED);
  require_enum("non_finite", options.non_finite, NERO_NON_FINITE_PROPAGATE);
  require_enum("degenerate", options.degenerate, NERO_DEGENERATE_EXEMPT);
  require_enum("step_count", options.step_count, NERO_STEP_COUNT_SHARED);
}

}  // namespace

Optimizer::Optimizer(Context &context, nero_optimizer_kind kind, const void *hyper,
                     const nero_optimizer_options &options, const nero_parameter *parameters, int64_t count)
    : context_(context), algorithm_(make_algorithm(kind, hyper)), options_(options) {
  check_options(options);
  if (count < 0) throw Failure(NERO_ERROR_ARGUMENT, text("count is %lld, it must be 0 or more", (long long)count));
  std::vector<Extent> extents;
  std::vector<Parameter> checked;
  for (int64_t i = 0; i < count; i++) checked.push_back(checked_parameter(parameters[i], i));
  for (int64_t i = 0; i < count; i++) {
    const Parameter &p = checked[static_cast<size_t>(i)];
    add_extent(extents, "weights", p, i, p.weights, parameters[i].weights_bytes);
    add_extent(extents, "gradients", p, i, p.gradients, parameters[i].gradients_bytes);
  }
  check_overlaps(extents);
  for (int64_t i = 0; i < count; i++) require_reachable(context, checked[static_cast<size_t>(i)], i);
  int64_t ranges = 0;
  int64_t most_ranges = 0;
  for (Parameter &p : checked) {
    Slot slot;
    slot.constraint = p.layout == NERO_VECTOR || p.unconstrained ? NERO_CONSTRAINT_NONE : options.constraint;
    ranges += cut(p).ranges;
    most_ranges = std::max(most_ranges, cut(p).ranges);
    slot.parameter = std::move(p);
    slots_.push_back(std::move(slot));
  }
  steps_.resize(slots_.size());
  for (size_t i = 0; i < slots_.size(); i++) slots_[i].step = &steps_[i];
  jobs_.resize(slots_.size());
  items_.resize(slots_.size());
  results_.resize(static_cast<size_t>(ranges));
  groups_.resize(static_cast<size_t>(ranges));
  seconds_of_one_.resize(slots_.size());
  groups_of_one_.resize(static_cast<size_t>(most_ranges));
  norms_.reserve(slots_.size());
  turns_.resize(slots_.size());
  observed_.resize(slots_.size());
  refuse_or_exempt();
  allocate_state();
  // Nothing fails from here on but a device, so a refusal has changed no weight.
  try {
    project_and_measure();
    resident_ = context_.backend().resident(*algorithm_, options_, slots_);
  } catch (...) {
    context_.backend().free(state_);
    throw;
  }
  lay_out();
  context_.optimizers()++;
}

Optimizer::~Optimizer() {
  context_.optimizers()--;
  resident_.reset();
  try {
    context_.backend().free(state_);
  } catch (const Failure &) {  // a device that is gone; what cannot be freed goes with the context
  }
}

void Optimizer::refuse_or_exempt() {
  for (size_t i = 0; i < slots_.size(); i++) {
    Slot &slot = slots_[i];
    if (options_.degenerate == NERO_DEGENERATE_REFUSE) {
      refuse_degenerate(context_, slot, static_cast<int64_t>(i));
      continue;
    }
    slot.exempt = find_degenerate(context_, slot);
    for (const uint8_t flag : slot.exempt) slot.exempt_count += flag;
  }
}

void Optimizer::project_and_measure() {
  for (Slot &slot : slots_) {
    if (options_.project_at_construction != 0) project(context_, slot, algorithm_->projection_epsilon());
    slot.scale = slot.parameter.scale;
    if (slot.scale == 0 && algorithm_->wants_measure()) algorithm_->measured(slot, measure(context_, slot));
  }
}

void Optimizer::allocate_state() {
  const StateShape shape = algorithm_->state();
  const auto aligned = [](uint64_t bytes) { return (bytes + 63) / 64 * 64; };
  uint64_t total = 0;
  const auto add = [&](uint64_t bytes) { total += std::min(aligned(bytes), UINT64_MAX - total); };
  for (const Slot &slot : slots_) {
    for (const char *name : shape.element) {
      if (name != nullptr) add(static_cast<uint64_t>(slot.parameter.elements) * 4);
    }
    if (shape.neuron != nullptr) add(static_cast<uint64_t>(slot.parameter.neurons) * 8);
  }
  state_ = context_.backend().allocate(total);
  auto *next = static_cast<char *>(state_);
  // Buffer by buffer, not slot by slot: what is fetched ahead of one tensor's moments are then the next one's.
  float *Slot::*const buffers[] = {&Slot::first, &Slot::second, &Slot::third};
  for (int k = 0; k < 3; k++) {
    if (shape.element[k] == nullptr) continue;
    for (Slot &slot : slots_) {
      slot.*buffers[k] = reinterpret_cast<float *>(next);
      next += aligned(static_cast<uint64_t>(slot.parameter.elements) * 4);
    }
  }
  if (shape.neuron == nullptr) return;
  for (Slot &slot : slots_) {
    slot.neuron = reinterpret_cast<double *>(next);
    next += aligned(static_cast<uint64_t>(slot.parameter.neurons) * 8);
  }
}

Slot &Optimizer::slot(int64_t parameter) {
  if (parameter < 0 || parameter >= static_cast<int64_t>(slots_.size())) {
    throw Failure(NERO_ERROR_NOT_FOUND,
                  text("there is no parameter %lld, only %zu", (long long)parameter, slots_.size()));
  }
  return slots_[static_cast<size_t>(parameter)];
}

void Optimizer::rebind(const nero_binding *bindings, int64_t count) {
  if (phase_ != Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "rebind between begin and end");
  if (count < 0) throw Failure(NERO_ERROR_ARGUMENT, text("count is %lld, it must be 0 or more", (long long)count));
  struct Place {
    float *weights;
    const float *gradients;
  };
  std::vector<Place> places;
  for (const Slot &s : slots_) places.push_back({s.parameter.weights, s.parameter.gradients});
  for (int64_t i = 0; i < count; i++) {
    const nero_binding &b = bindings[i];
    require_size("nero_binding", b.struct_size, sizeof b);
    const Parameter &p = slot(b.parameter).parameter;
    check_buffer("weights", p, b.parameter, b.weights, b.weights_bytes, true);
    check_buffer("gradients", p, b.parameter, b.gradients, b.gradients_bytes, true);
    require_reachable(context_, "weights", p, b.parameter, b.weights);
    require_reachable(context_, "gradients", p, b.parameter, b.gradients);
    places[static_cast<size_t>(b.parameter)] = {b.weights, b.gradients};
  }
  std::vector<Extent> extents;
  for (size_t i = 0; i < slots_.size(); i++) {
    const Parameter &p = slots_[i].parameter;
    const auto bytes = static_cast<uint64_t>(p.elements) * 4;
    add_extent(extents, "weights", p, static_cast<int64_t>(i), places[i].weights, bytes);
    add_extent(extents, "gradients", p, static_cast<int64_t>(i), places[i].gradients, bytes);
  }
  check_overlaps(extents);
  for (size_t i = 0; i < slots_.size(); i++) {
    slots_[i].parameter.weights = places[i].weights;
    slots_[i].parameter.gradients = places[i].gradients;
  }
  lay_out();
  if (resident_) resident_->refresh();
}

}  // namespace nero
