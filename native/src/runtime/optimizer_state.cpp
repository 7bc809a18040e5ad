// State by name, neither rounded nor cast.
#include <cmath>
#include <cstring>

#include "runtime/failure.h"
#include "runtime/optimizer.h"

namespace nero {

namespace {

bool named(const State &state, const char *name) { return std::strcmp(state.name, name) == 0; }

/// Kept as bytes for the kernels, but read and written as a state like others.
bool is_exempt(const State &state) { return named(state, "exempt"); }

/// What weights are scaled by or held within: measured when the optimiser is made, moved by no step.
bool is_scale(const State &state) { return named(state, "scale") || named(state, "bound"); }

/// Averages of squares, their roots and largest: no step makes one negative.
bool is_square(const State &state) {
  return named(state, "square") || named(state, "second_moment") || named(state, "max_second_moment") ||
         named(state, "root_second_moment");
}

}  // namespace

std::vector<State> Optimizer::states(Slot &slot) {
  const StateShape shape = algorithm_->state();
  // A device keeps the numbers of a slot itself.
  const ResidentNumbers at = resident_ ? resident_->numbers(static_cast<size_t>(&slot - slots_.data()))
                                       : ResidentNumbers{slot.step, &slot.scale, &slot.trust_ratio};
  std::vector<State> all{{"step", NERO_I64, 1, at.step}};
  float *buffers[] = {slot.first, slot.second, slot.third};
  for (int k = 0; k < 3; k++) {
    if (shape.element[k] != nullptr) all.push_back({shape.element[k], NERO_F32, slot.parameter.elements, buffers[k]});
  }
  if (shape.neuron != nullptr) all.push_back({shape.neuron, NERO_F64, slot.parameter.neurons, slot.neuron});
  if (shape.scalar != nullptr) all.push_back({shape.scalar, NERO_F64, 1, at.scale});
  if (shape.trust_ratio) all.push_back({"trust_ratio", NERO_F64, 1, at.trust_ratio});
  if (slot.constraint != NERO_CONSTRAINT_NONE) all.push_back({"exempt", NERO_F64, slot.parameter.neurons, nullptr});
  return all;
}

State Optimizer::find_state(int64_t parameter, const char *name) {
  Slot &s = slot(parameter);
  std::string known;
  for (const State &state : states(s)) {
    if (named(state, name)) return state;
    known += known.empty() ? "" : ", ";
    known += state.name;
  }
  throw Failure(NERO_ERROR_NOT_FOUND,
                text("parameter '%s' has no state '%.64s', it has: %s", s.parameter.name.c_str(), name, known.c_str()),
                parameter);
}

namespace {

void check_state_size(const State &state, uint64_t bytes, const std::string &name, int64_t parameter) {
  if (bytes == state.bytes()) return;
  throw Failure(
      NERO_ERROR_SIZE,
      text("state '%s' of '%s': %lld elements need %llu bytes, the segment has %llu", state.name, name.c_str(),
           (long long)state.count, (unsigned long long)state.bytes(), (unsigned long long)bytes),
      parameter);
}

/// Numbers that must not be negative. finite: nor NaN or infinite.
void check_magnitudes(const State &state, const void *from, bool finite, const std::string &name, int64_t parameter) {
  for (int64_t i = 0; i < state.count; i++) {
    double value;
    if (state.dtype == NERO_F32) {
      float single;
      std::memcpy(&single, static_cast<const char *>(from) + i * 4, 4);
      value = static_cast<double>(single);
    } else {
      std::memcpy(&value, static_cast<const char *>(from) + i * 8, 8);
    }
    if (finite ? value >= 0 && std::isfinite(value) : !(value < 0)) continue;
    throw Failure(NERO_ERROR_ARGUMENT,
                  text("state '%s' of '%s': element %lld is %g, it must be %s0 or more", state.name, name.c_str(),
                       (long long)i, value, finite ? "finite and " : ""),
                  parameter);
  }
}

}  // namespace

int64_t Optimizer::state_count(int64_t parameter) { return static_cast<int64_t>(states(slot(parameter)).size()); }

State Optimizer::state(int64_t parameter, int64_t index) {
  const std::vector<State> all = states(slot(parameter));
  if (index < 0 || index >= static_cast<int64_t>(all.size())) {
    throw Failure(NERO_ERROR_NOT_FOUND, text("there is no state %lld, only %zu", (long long)index, all.size()),
                  parameter);
  }
  return all[static_cast<size_t>(index)];
}

void Optimizer::read_buffer(const State &state, void *to) {
  if (state.count == 0) return;
  if (resident_) {
    context_.backend().copy(to, state.data, state.bytes(), NERO_COPY_DEVICE_TO_HOST, true);
  } else {
    std::memcpy(to, state.data, state.bytes());
  }
}

void Optimizer::write_buffer(const State &state, const void *from) {
  if (state.count == 0) return;
  if (resident_) {
    context_.backend().copy(state.data, from, state.bytes(), NERO_COPY_HOST_TO_DEVICE, true);
  } else {
    std::memcpy(state.data, from, state.bytes());
  }
}

void Optimizer::read_state(int64_t parameter, const char *name, void *to, uint64_t bytes) {
  const State state = find_state(parameter, name);
  const Slot &s = slot(parameter);
  check_state_size(state, bytes, s.parameter.name, parameter);
  if (!is_exempt(state)) {
    read_buffer(state, to);
    return;
  }
  for (int64_t i = 0; i < state.count; i++) {
    const double flag = s.exempt.empty() ? 0 : s.exempt[static_cast<size_t>(i)];
    std::memcpy(static_cast<char *>(to) + i * 8, &flag, 8);
  }
}

void Optimizer::write_state(int64_t parameter, const char *name, const void *from, uint64_t bytes) {
  if (phase_ != Phase::kIdle) throw Failure(NERO_ERROR_SEQUENCE, "state is written between begin and end");
  const State state = find_state(parameter, name);
  Slot &s = slot(parameter);
  check_state_size(state, bytes, s.parameter.name, parameter);
  if (named(state, "step")) {
    int64_t step;
    std::memcpy(&step, from, 8);
    const int64_t most = INT64_MAX / 2;  // so that counting on never overflows
    if (step < 0 || step > most) {
      throw Failure(NERO_ERROR_ARGUMENT,
                    text("state 'step' of '%s' is %lld, it must be within 0 and %lld", s.parameter.name.c_str(),
                         (long long)step, (long long)most),
                    parameter);
    }
  }
  if (is_scale(state)) check_magnitudes(state, from, true, s.parameter.name, parameter);
  if (is_square(state)) {
    // A step that lets through what is not finite keeps it in its squares too.
    check_magnitudes(state, from, options_.non_finite != NERO_NON_FINITE_PROPAGATE, s.parameter.name, parameter);
  }
  if (!is_exempt(state)) {
    write_buffer(state, from);
    most_steps_ = -1;
    if (is_scale(state)) laid_out_ = false;
    if (resident_ && named(state, "step")) resident_->refresh();
    return;
  }
  std::vector<uint8_t> flags(static_cast<size_t>(state.count));
  int64_t exempt = 0;
  for (int64_t i = 0; i < state.count; i++) {
    double flag;
    std::memcpy(&flag, static_cast<const char *>(from) + i * 8, 8);
    if (flag != 0 && flag != 1) {
      throw Failure(NERO_ERROR_ARGUMENT,
                    text("state 'exempt' of '%s': element %lld is %g, it must be 0 or 1", s.parameter.name.c_str(),
                         (long long)i, flag),
                    parameter);
    }
    flags[static_cast<size_t>(i)] = flag == 1 ? 1 : 0;
    exempt += flag == 1 ? 1 : 0;
  }
  s.exempt_count = exempt;
  s.exempt = exempt > 0 ? std::move(flags) : std::vector<uint8_t>();
  laid_out_ = false;
  if (resident_) resident_->refresh();
}

uint64_t Optimizer::state_bytes() {
  const StateShape shape = algorithm_->state();
  uint64_t total = 0;
  for (const Slot &s : slots_) {
    for (const char *name : shape.element)
      total += name != nullptr ? static_cast<uint64_t>(s.parameter.elements) * 4 : 0;
    if (shape.neuron != nullptr) total += static_cast<uint64_t>(s.parameter.neurons) * 8;
  }
  return total;
}

}  // namespace nero
