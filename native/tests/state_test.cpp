// State by name: what each kind keeps, and that n + m steps are n steps, a checkpoint, and m steps, to the bit.
#include <algorithm>
#include <set>

#include "check.h"
#include "model.h"

namespace {

std::set<std::string> names_of(nero_optimizer *optimizer, int64_t parameter) {
  std::set<std::string> names;
  for (const NamedState &state : states_of(optimizer, parameter)) names.insert(state.name);
  return names;
}

void names_are_the_contracts() {
  const std::set<std::string> wanted[] = {
      {"step", "square", "scale", "exempt"},
      {"step", "momentum"},
      {"step", "first_moment", "second_moment", "max_second_moment"},
      {"step", "first_moment", "second_moment", "trust_ratio"},
      {"step", "root_second_moment", "bound"},
      {"step", "bound"},
      {"step", "momentum"},
  };
  nero_context *context = make_context(1);
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    Model model;
    nero_optimizer *optimizer = make_optimizer(context, kind, model.parameters);
    CHECK(names_of(optimizer, 2) == wanted[kind]);
    uint64_t bytes = 0;
    CHECK(nero_optimizer_state_bytes(optimizer, &bytes, nullptr) == NERO_OK);
    uint64_t elements = 0, neurons = 0;
    for (const nero_parameter &p : model.parameters) {
      elements += static_cast<uint64_t>(p.neurons * p.fan_in);
      neurons += static_cast<uint64_t>(p.neurons);
    }
    const uint64_t buffers[] = {0, 1, 3, 2, 1, 0, 1};
    CHECK(bytes == (kind == NERO_KIND_NERO ? neurons * 8 : elements * 4 * buffers[kind]));
    nero_optimizer_destroy(optimizer, nullptr);
  }
  nero_context_destroy(context, nullptr);
}

void resumed_equals_never_stopped(int kind, nero_step_count count) {
  nero_context *context = make_context(2);
  nero_optimizer_options options = options_of(kind);
  options.step_count = count;
  options.degenerate = NERO_DEGENERATE_EXEMPT;
  const auto gradients_of = [](Model &model, int i) { model.next_gradients(static_cast<unsigned>(10 + i)); };

  Model straight;
  std::fill_n(straight.weights[2].begin() + 129, 129, 0.5f);
  nero_optimizer *optimizer = make_optimizer(context, kind, straight.parameters, &options);
  Tensors saved;
  std::vector<std::vector<NamedState>> checkpoint;
  for (int i = 0; i < 6; i++) {
    if (i == 3) {
      saved = straight.weights;
      checkpoint = states_of(optimizer, straight);
    }
    gradients_of(straight, i);
    CHECK(step(optimizer) == NERO_OK);
  }
  const auto states = states_of(optimizer, straight);
  nero_optimizer_destroy(optimizer, nullptr);

  Model resumed;
  for (size_t k = 0; k < saved.size(); k++) std::copy(saved[k].begin(), saved[k].end(), resumed.weights[k].begin());
  options.project_at_construction = 0;
  optimizer = make_optimizer(context, kind, resumed.parameters, &options);
  for (size_t k = 0; k < checkpoint.size(); k++) {
    for (const NamedState &state : checkpoint[k]) {
      CHECK(nero_optimizer_state_write(optimizer, static_cast<int64_t>(k), state.name.c_str(), state.bytes.data(),
                                       state.bytes.size(), nullptr) == NERO_OK);
    }
  }
  CHECK(states_of(optimizer, resumed) == checkpoint);
  for (int i = 3; i < 6; i++) {
    gradients_of(resumed, i);
    CHECK(step(optimizer) == NERO_OK);
  }
  CHECK(resumed.weights == straight.weights);
  CHECK(states_of(optimizer, resumed) == states);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

void what_is_wrong_is_refused() {
  nero_context *context = make_context(1);
  Model model;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters);
  nero_error error{};
  error.struct_size = sizeof error;
  const auto says = [&](const char *text) { return std::strstr(error.message, text) != nullptr; };
  std::vector<double> seven(8, 0.0);
  const auto write = [&](const char *name, const void *from, uint64_t bytes) {
    return nero_optimizer_state_write(optimizer, 1, name, from, bytes, &error);
  };
  CHECK(write("square", seven.data(), 48) == NERO_ERROR_SIZE);
  CHECK(says("square") && says("56") && says("48") && error.parameter == 1);
  CHECK(write("momentum", seven.data(), 56) == NERO_ERROR_NOT_FOUND);
  CHECK(says("momentum") && says("square, scale, exempt"));
  CHECK(write("square", nullptr, 56) == NERO_ERROR_NULL);
  CHECK(write(nullptr, seven.data(), 56) == NERO_ERROR_NULL);
  for (const int64_t step : {int64_t{-1}, INT64_MAX}) {
    CHECK(write("step", &step, 8) == NERO_ERROR_ARGUMENT);
    CHECK(says("step"));
  }
  seven[3] = 0.5;
  CHECK(write("exempt", seven.data(), 56) == NERO_ERROR_ARGUMENT);
  CHECK(says("element 3") && says("0.5"));
  CHECK(nero_optimizer_state_read(optimizer, 1, "square", seven.data(), 57, &error) == NERO_ERROR_SIZE);
  CHECK(nero_optimizer_state_read(optimizer, 99, "square", seven.data(), 56, &error) == NERO_ERROR_NOT_FOUND);
  CHECK(nero_optimizer_state_read(optimizer, -1, "square", seven.data(), 56, &error) == NERO_ERROR_NOT_FOUND);
  nero_state_info info{};
  CHECK(nero_optimizer_state_describe(optimizer, 1, 0, &info, &error) == NERO_ERROR_STRUCT_SIZE);
  info.struct_size = sizeof info;
  CHECK(nero_optimizer_state_describe(optimizer, 1, 4, &info, &error) == NERO_ERROR_NOT_FOUND);
  CHECK(nero_optimizer_state_describe(optimizer, 1, -1, &info, &error) == NERO_ERROR_NOT_FOUND);
  CHECK(nero_optimizer_state_describe(optimizer, 1, 0, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_state_count(optimizer, 1, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_state_bytes(optimizer, nullptr, &error) == NERO_ERROR_NULL);
  // State of a parameter without weights is there, and empty.
  CHECK(nero_optimizer_state_read(optimizer, 0, "square", nullptr, 0, &error) == NERO_OK);
  uint32_t observe = 0;
  const nero_step_args args{sizeof args, 0, 0.01, 1};
  CHECK(nero_optimizer_begin(optimizer, &args, &observe, &error) == NERO_OK);
  CHECK(write("square", seven.data(), 56) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_abandon(optimizer, &error) == NERO_OK);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

/// No step makes a negative scale or square; one that is not finite only where steps let it through.
void numbers_that_no_step_makes_are_refused() {
  nero_context *context = make_context(1);
  nero_error error{};
  error.struct_size = sizeof error;
  for (const nero_non_finite policy : {NERO_NON_FINITE_SKIP_NEURON, NERO_NON_FINITE_PROPAGATE}) {
    const bool propagates = policy == NERO_NON_FINITE_PROPAGATE;
    struct Written {
      int kind;
      const char *name;
      bool measured;
    };
    for (const Written &w :
         {Written{NERO_KIND_NERO, "scale", true}, Written{NERO_KIND_NERO, "square", false},
          Written{NERO_KIND_ADAM, "second_moment", false}, Written{NERO_KIND_ADAM, "max_second_moment", false},
          Written{NERO_KIND_MADAM, "bound", true}, Written{NERO_KIND_FROMAGE, "bound", true},
          Written{NERO_KIND_MADAM, "root_second_moment", false}, Written{NERO_KIND_LAMB, "second_moment", false}}) {
      Model model;
      nero_optimizer_options options = options_of(w.kind);
      options.non_finite = policy;
      nero_optimizer *optimizer = make_optimizer(context, w.kind, model.parameters, &options);
      const auto before = states_of(optimizer, model);
      const auto found =
          std::find_if(before[1].begin(), before[1].end(), [&](const auto &s) { return s.name == w.name; });
      CHECK(found != before[1].end());
      const bool single = w.kind != NERO_KIND_NERO && !w.measured;
      std::vector<unsigned char> bytes(found->bytes.begin(), found->bytes.end());
      const size_t last = bytes.size() / (single ? 4 : 8) - 1;
      const auto write = [&](double value) {
        const auto narrow = static_cast<float>(value);
        std::memcpy(bytes.data() + last * (single ? 4 : 8), single ? static_cast<const void *>(&narrow) : &value,
                    single ? 4 : 8);
        return nero_optimizer_state_write(optimizer, 1, w.name, bytes.data(), bytes.size(), &error);
      };
      CHECK(write(-0.5) == NERO_ERROR_ARGUMENT);
      const std::string element = "element " + std::to_string(last) + " is -0.5";
      CHECK(std::strstr(error.message, w.name) && std::strstr(error.message, element.c_str()) && error.parameter == 1);
      CHECK(write(-INFINITY) == NERO_ERROR_ARGUMENT);
      CHECK(states_of(optimizer, model) == before);
      const nero_status not_finite = propagates && !w.measured ? NERO_OK : NERO_ERROR_ARGUMENT;
      CHECK(write(NAN) == not_finite && write(INFINITY) == not_finite);
      CHECK((states_of(optimizer, model) == before) == (not_finite != NERO_OK));
      CHECK(write(0) == NERO_OK && write(0.25) == NERO_OK);
      nero_optimizer_destroy(optimizer, nullptr);
    }
  }
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main() {
  names_are_the_contracts();
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    resumed_equals_never_stopped(kind, NERO_STEP_COUNT_PER_PARAMETER);
    resumed_equals_never_stopped(kind, NERO_STEP_COUNT_SHARED);
  }
  what_is_wrong_is_refused();
  numbers_that_no_step_makes_are_refused();
  return nero_failures != 0;
}
