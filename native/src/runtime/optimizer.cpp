#include "runtime/optimizer.h"

#include <cmath>

#include "runtime/failure.h"

namespace nero {

Terms checked_terms(double learning_rate, double gradient_scale, nero_non_finite non_finite) {
  require_range("learning_rate", learning_rate, 0, NERO_MAX_LEARNING_RATE);
  if (!(std::fabs(gradient_scale) <= 1e30 && std::fabs(gradient_scale) >= 1e-30)) {
    throw Failure(NERO_ERROR_ARGUMENT,
                  text("gradient_scale is %g, its magnitude must be within 1e-30 and 1e30", gradient_scale));
  }
  return {non_finite, learning_rate, gradient_scale};
}

namespace {

Tensor whole(const Slot &slot) {
  return {slot.parameter.layout,
          slot.constraint,
          NERO_NON_FINITE_PROPAGATE,
          slot.parameter.neurons,
          slot.parameter.fan_in,
          slot.parameter.weights,
          slot.parameter.gradients,
          slot.exempt.empty() ? nullptr : slot.exempt.data(),
          true};
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
  for (int64_t i = 0; i < count; i++) {
    checked.push_back(checked_parameter(parameters[i], i));
    const Parameter &p = checked.back();
    add_extent(extents, "weights", i, p.weights, parameters[i].weights_bytes);
    add_extent(extents, "gradients", i, p.gradients, parameters[i].gradients_bytes);
  }
  check_overlaps(extents, checked);
  int64_t ranges = 0;
  for (Parameter &p : checked) {
    Slot slot;
    slot.constraint = p.layout == NERO_VECTOR || p.unconstrained ? NERO_CONSTRAINT_NONE : options.constraint;
    ranges += cut(p).ranges;
    slot.parameter = std::move(p);
    slots_.push_back(std::move(slot));
  }
  jobs_.resize(slots_.size());
  results_.resize(static_cast<size_t>(ranges));
  applied_.resize(slots_.size());
  observed_.resize(slots_.size());
  refuse_or_exempt();
  allocate_state();
  // Nothing fails from here on, so a refusal has changed no weight.
  project_and_measure(options.project_at_construction != 0);
  context_.optimizers()++;
}

Optimizer::~Optimizer() {
  context_.optimizers()--;
  context_.memory().free(state_);
}

void Optimizer::refuse_or_exempt() {
  for (size_t i = 0; i < slots_.size(); i++) {
    Slot &slot = slots_[i];
    if (slot.constraint == NERO_CONSTRAINT_NONE || slot.parameter.elements == 0) continue;
    std::vector<uint8_t> flags(static_cast<size_t>(slot.parameter.neurons));
    const int64_t first = context_.kernels().find_degenerate(whole(slot), {0, slot.parameter.neurons}, flags.data());
    if (first < 0) continue;
    if (options_.degenerate == NERO_DEGENERATE_REFUSE) {
      throw Failure(NERO_ERROR_DEGENERATE_NEURON,
                    text("parameter '%s': neuron %lld of %lld cannot be balanced: its %lld weights are equal or zero",
                         slot.parameter.name.c_str(), (long long)first, (long long)slot.parameter.neurons,
                         (long long)slot.parameter.fan_in),
                    static_cast<int64_t>(i), first);
    }
    for (const uint8_t flag : flags) slot.exempt_count += flag;
    slot.exempt = std::move(flags);
  }
}

void Optimizer::project_and_measure(bool project) {
  for (Slot &slot : slots_) {
    const Range all{0, slot.parameter.neurons};
    if (project && slot.parameter.elements > 0) {
      context_.kernels().project(whole(slot), algorithm_->projection_epsilon(), all);
    }
    if (!algorithm_->wants_measure()) continue;
    double norms = 0;
    double squares = 0;
    context_.kernels().measure(whole(slot), all, norms, squares);
    if (slot.parameter.scale > 0) {
      slot.scale = slot.parameter.scale;
    } else {
      algorithm_->measured(slot, norms, squares);
    }
  }
}

void Optimizer::allocate_state() {
  const StateShape shape = algorithm_->state();
  const auto aligned = [](uint64_t bytes) { return (bytes + 63) / 64 * 64; };
  uint64_t total = 0;
  for (const Slot &slot : slots_) {
    for (const char *name : shape.element) {
      if (name != nullptr) total += aligned(static_cast<uint64_t>(slot.parameter.elements) * 4);
    }
    if (shape.neuron != nullptr) total += aligned(static_cast<uint64_t>(slot.parameter.neurons) * 8);
  }
  state_ = context_.memory().allocate(total);
  auto *next = static_cast<char *>(state_);
  for (Slot &slot : slots_) {
    float **buffers[] = {&slot.first, &slot.second, &slot.third};
    for (int k = 0; k < 3; k++) {
      if (shape.element[k] == nullptr) continue;
      *buffers[k] = reinterpret_cast<float *>(next);
      next += aligned(static_cast<uint64_t>(slot.parameter.elements) * 4);
    }
    if (shape.neuron == nullptr) continue;
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
  std::vector<Parameter> changed;
  changed.reserve(slots_.size());
  for (const Slot &slot : slots_) changed.push_back(slot.parameter);
  for (int64_t i = 0; i < count; i++) {
    const nero_binding &b = bindings[i];
    require_size("nero_binding", b.struct_size, sizeof b);
    slot(b.parameter);
    Parameter &p = changed[static_cast<size_t>(b.parameter)];
    check_buffer("weights", p, b.parameter, b.weights, b.weights_bytes, true);
    check_buffer("gradients", p, b.parameter, b.gradients, b.gradients_bytes, true);
    p.weights = b.weights;
    p.gradients = b.gradients;
  }
  std::vector<Extent> extents;
  for (size_t i = 0; i < changed.size(); i++) {
    const auto bytes = static_cast<uint64_t>(changed[i].elements) * 4;
    add_extent(extents, "weights", static_cast<int64_t>(i), changed[i].weights, bytes);
    add_extent(extents, "gradients", static_cast<int64_t>(i), changed[i].gradients, bytes);
  }
  check_overlaps(extents, changed);
  for (size_t i = 0; i < changed.size(); i++) {
    slots_[i].parameter.weights = changed[i].weights;
    slots_[i].parameter.gradients = changed[i].gradients;
  }
}

}  // namespace nero
