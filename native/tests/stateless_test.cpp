// Stateless steps: the same bits as an optimiser of one parameter, and their own bad input.
#include "check.h"
#include "model.h"

namespace {

/// Caller's buffers of every kind, zero before step 1.
struct Buffers {
  std::vector<double> square;
  std::vector<float> first, second, third;
  double trust_ratio = -1;

  explicit Buffers(const nero_parameter &p)
      : square(static_cast<size_t>(p.neurons)),
        first(static_cast<size_t>(p.neurons * p.fan_in)),
        second(first),
        third(first) {}
};

nero_status stateless(nero_context *context, int kind, const nero_parameter &p, Buffers &b, const nero_step_terms &t,
                      nero_step_report *report = nullptr, nero_error *error = nullptr) {
  const Hypers h;
  switch (kind) {
    case NERO_KIND_NERO:
      return nero_step_nero(context, &p, b.square.data(), &h.nero, &t, report, error);
    case NERO_KIND_SGD:
      return nero_step_sgd(context, &p, b.first.data(), &h.sgd, &t, report, error);
    case NERO_KIND_ADAM:
      return nero_step_adam(context, &p, b.first.data(), b.second.data(), b.third.data(), &h.adam, &t, report, error);
    case NERO_KIND_LAMB:
      return nero_step_lamb(context, &p, b.first.data(), b.second.data(), &b.trust_ratio, &h.lamb, &t, report, error);
    case NERO_KIND_MADAM:
      return nero_step_madam(context, &p, b.first.data(), &h.madam, &t, report, error);
    case NERO_KIND_FROMAGE:
      return nero_step_fromage(context, &p, &h.fromage, &t, report, error);
    default:
      return nero_step_lars(context, &p, b.first.data(), &h.lars, &t, report, error);
  }
}

nero_step_terms terms_of(int kind, int64_t step) {
  const nero_constraint constraint = kind == NERO_KIND_NERO ? NERO_CONSTRAINT_BALANCED : NERO_CONSTRAINT_NONE;
  return {sizeof(nero_step_terms), constraint, NERO_NON_FINITE_SKIP_NEURON, 0, step, 0.01, 1};
}

void equals_the_optimizer(int kind, nero_layout layout) {
  nero_context *context = make_context(2);
  Model held(layout), given(layout);
  for (size_t i = 0; i < held.parameters.size(); i++) {
    nero_parameter p = given.parameters[i];
    nero_optimizer *optimizer = make_optimizer(context, kind, {held.parameters[i]});
    CHECK(optimizer != nullptr);
    if (kind == NERO_KIND_NERO) {
      CHECK(nero_project(context, &p, NERO_CONSTRAINT_BALANCED, nullptr) == NERO_OK);
      CHECK(given.weights[i] == held.weights[i]);
    }
    const char *scale = kind == NERO_KIND_NERO ? "scale" : "bound";
    nero_optimizer_state_read(optimizer, 0, scale, &p.scale, 8, nullptr);
    if (kind == NERO_KIND_NERO) {
      double measured = 0;
      CHECK(nero_measure_scale(context, &p, &measured, nullptr) == NERO_OK);
      CHECK(measured == p.scale);
    }
    Buffers b(p);
    nero_step_report report = empty_report(), other = empty_report();
    for (int64_t t = 1; t <= 4; t++) {
      held.next_gradients(static_cast<unsigned>(t));
      given.next_gradients(static_cast<unsigned>(t));
      CHECK(step(optimizer, &other) == NERO_OK);
      CHECK(stateless(context, kind, p, b, terms_of(kind, t), &report) == NERO_OK);
      CHECK(report.step == t && report.parameters_stepped == 1 && report.parameters_absent == 0);
      CHECK(report.gradient_norm == other.gradient_norm || std::isnan(other.gradient_norm));
    }
    CHECK(given.weights[i] == held.weights[i]);
    for (const NamedState &state : states_of(optimizer, 0)) {
      const auto same = [&](const void *buffer) {
        return state.bytes.empty() || std::memcmp(state.bytes.data(), buffer, state.bytes.size()) == 0;
      };
      if (state.name == "square") CHECK(same(b.square.data()));
      if (state.name == "momentum" || state.name == "first_moment" || state.name == "root_second_moment") {
        CHECK(same(b.first.data()));
      }
      if (state.name == "second_moment") CHECK(same(b.second.data()));
      if (state.name == "max_second_moment") CHECK(same(b.third.data()));
      if (state.name == "trust_ratio") CHECK(same(&b.trust_ratio));
    }
    nero_optimizer_destroy(optimizer, nullptr);
  }
  nero_context_destroy(context, nullptr);
}

void skips_and_rests(int kind) {
  nero_context *context = make_context(1);
  Model model;
  nero_parameter p = model.parameters[1];
  p.scale = 1;
  Buffers b(p);
  const auto before = model.weights[1];
  const auto first_before = b.first;
  nero_step_terms terms = terms_of(kind, 3);
  terms.constraint = NERO_CONSTRAINT_NONE;
  terms.non_finite = NERO_NON_FINITE_SKIP_STEP;
  model.gradients[1][20] = INFINITY;
  nero_step_report report = empty_report();
  CHECK(stateless(context, kind, p, b, terms, &report) == NERO_OK);
  CHECK(report.skipped == 1 && report.step == 2 && report.neurons_non_finite == 1 && report.parameters_stepped == 0);
  CHECK(model.weights[1] == before && b.first == first_before && b.trust_ratio == -1);
  p.gradients = nullptr;
  CHECK(stateless(context, kind, p, b, terms, &report) == NERO_OK);
  CHECK(report.skipped == 0 && report.parameters_absent == 1 && report.parameters_stepped == 0);
  CHECK(model.weights[1] == before && b.first == first_before && b.trust_ratio == -1);
  nero_context_destroy(context, nullptr);
}

void what_is_wrong_is_refused(int kind) {
  nero_context *context = make_context(1);
  Model model;
  nero_parameter p = model.parameters[1];
  p.name = "fc.weight";
  p.scale = 1;
  Buffers b(p);
  const auto before = model.weights[1];
  nero_error error{};
  error.struct_size = sizeof error;
  const auto refuses = [&](nero_status status, const nero_parameter &parameter, const nero_step_terms &terms) {
    error.message[0] = 0;
    return stateless(context, kind, parameter, b, terms, nullptr, &error) == status && error.message[0] != 0;
  };
  const nero_step_terms good = terms_of(kind, 1);
  nero_step_terms t = good;
  t.step = 0;
  CHECK(refuses(NERO_ERROR_ARGUMENT, p, t));
  t = good;
  t.learning_rate = NAN;
  CHECK(refuses(NERO_ERROR_ARGUMENT, p, t));
  t = good;
  t.gradient_scale = 0;
  CHECK(refuses(NERO_ERROR_ARGUMENT, p, t));
  t = good;
  t.struct_size--;
  CHECK(refuses(NERO_ERROR_STRUCT_SIZE, p, t));
  t = good;
  t.constraint = static_cast<nero_constraint>(4);
  CHECK(refuses(NERO_ERROR_ARGUMENT, p, t));
  t = good;
  t.non_finite = static_cast<nero_non_finite>(3);
  CHECK(refuses(NERO_ERROR_ARGUMENT, p, t));
  nero_parameter wrong = p;
  wrong.gradients_bytes -= 4;
  CHECK(refuses(NERO_ERROR_SIZE, wrong, good));
  CHECK(std::strstr(error.message, "gradients 'fc.weight': 91 elements of f32 need 364 bytes, the segment has 360") !=
        nullptr);
  wrong = p;
  wrong.gradients = p.weights + 1;
  CHECK(refuses(NERO_ERROR_OVERLAP, wrong, good));
  if (kind == NERO_KIND_NERO || kind == NERO_KIND_MADAM || kind == NERO_KIND_FROMAGE) {
    wrong = p;
    wrong.scale = 0;
    CHECK(refuses(NERO_ERROR_ARGUMENT, wrong, good));
  }
  CHECK(stateless(nullptr, kind, p, b, good, nullptr, &error) == NERO_ERROR_NULL);
  nero_step_report report{};
  CHECK(stateless(context, kind, p, b, good, &report, &error) == NERO_ERROR_STRUCT_SIZE);
  CHECK(model.weights[1] == before);
  nero_context_destroy(context, nullptr);
}

void wrong_buffers() {
  nero_context *context = make_context(1);
  Model model;
  const Hypers h;
  nero_parameter p = model.parameters[1];
  p.name = "fc.weight";
  p.scale = 1;
  Buffers b(p);
  nero_error error{};
  error.struct_size = sizeof error;
  const nero_step_terms adam = terms_of(NERO_KIND_ADAM, 1), nero = terms_of(NERO_KIND_NERO, 1);
  const auto says = [&](const char *text) { return std::strstr(error.message, text) != nullptr; };
  float *m = b.first.data(), *v = b.second.data(), *x = b.third.data();
  CHECK(nero_step_adam(context, &p, m, nullptr, x, &h.adam, &adam, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(says("second_moment") && says("fc.weight") && says("364"));
  CHECK(nero_step_adam(context, &p, m, v, nullptr, &h.adam, &adam, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_step_adam(context, &p, m, m, x, &h.adam, &adam, nullptr, &error) == NERO_ERROR_OVERLAP);
  CHECK(nero_step_adam(context, &p, p.weights, v, x, &h.adam, &adam, nullptr, &error) == NERO_ERROR_OVERLAP);
  CHECK(nero_step_adam(context, &p, m, const_cast<float *>(p.gradients), x, &h.adam, &adam, nullptr, &error) ==
        NERO_ERROR_OVERLAP);
  auto *odd = reinterpret_cast<float *>(reinterpret_cast<char *>(m) + 1);
  CHECK(nero_step_adam(context, &p, odd, v, x, &h.adam, &adam, nullptr, &error) == NERO_ERROR_ALIGNMENT);
  auto *half = reinterpret_cast<double *>(reinterpret_cast<char *>(b.square.data()) + 4);
  CHECK(nero_step_nero(context, &p, half, &h.nero, &nero, nullptr, &error) == NERO_ERROR_ALIGNMENT);
  CHECK(nero_step_nero(context, &p, nullptr, &h.nero, &nero, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_step_lamb(context, &p, m, v, half, &h.lamb, &adam, nullptr, &error) == NERO_ERROR_ALIGNMENT);
  CHECK(nero_step_nero(context, nullptr, b.square.data(), &h.nero, &nero, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_step_nero(context, &p, b.square.data(), nullptr, &nero, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_step_nero(context, &p, b.square.data(), &h.nero, nullptr, nullptr, &error) == NERO_ERROR_NULL);
  nero_nero_hyper small = h.nero;
  small.struct_size = 8;
  CHECK(nero_step_nero(context, &p, b.square.data(), &small, &nero, nullptr, &error) == NERO_ERROR_STRUCT_SIZE);
  CHECK(says("is 8") && says("24"));

  double scale = 0;
  CHECK(nero_measure_scale(context, &p, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_measure_scale(context, nullptr, &scale, &error) == NERO_ERROR_NULL);
  CHECK(nero_project(context, nullptr, NERO_CONSTRAINT_MEAN, &error) == NERO_ERROR_NULL);
  CHECK(nero_project(context, &p, static_cast<nero_constraint>(9), &error) == NERO_ERROR_ARGUMENT);
  std::fill_n(model.weights[1].begin() + 13, 13, 2.5f);
  const auto before = model.weights[1];
  CHECK(nero_project(context, &p, NERO_CONSTRAINT_BALANCED, &error) == NERO_ERROR_DEGENERATE_NEURON);
  CHECK(error.neuron == 1 && says("fc.weight") && model.weights[1] == before);
  CHECK(nero_project(context, &p, NERO_CONSTRAINT_NORM, &error) == NERO_OK);
  nero_parameter empty = model.parameters[0];
  CHECK(nero_measure_scale(context, &empty, &scale, &error) == NERO_OK && scale == 0.01);
  CHECK(nero_project(context, &empty, NERO_CONSTRAINT_BALANCED, &error) == NERO_OK);
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main() {
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    equals_the_optimizer(kind, NERO_ROWS);
    equals_the_optimizer(kind, NERO_COLUMNS);
    skips_and_rests(kind);
    what_is_wrong_is_refused(kind);
  }
  wrong_buffers();
  return nero_failures != 0;
}
