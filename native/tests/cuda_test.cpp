// The CUDA backend held against the CPU's, over the same model: every optimiser, layout, policy and constraint; odd
// addresses, absent gradients, rebinding, replays. Runs where a CUDA device is, the emulated one of the tests included;
// elsewhere it says why not.
#include "check.h"
#include "cuda_model.h"

namespace {

/// Largest difference over the largest move, both of one tensor.
double travel_error(const std::vector<float> &start, const std::vector<float> &expected,
                    const std::vector<float> &actual) {
  double travel = 0, error = 0;
  for (size_t i = 0; i < start.size(); i++) {
    const double e = expected[i], a = actual[i];
    if (std::isnan(e) && std::isnan(a)) continue;
    if (std::isinf(e) && e == a) continue;
    travel = std::fmax(travel, std::fabs(e - static_cast<double>(start[i])));
    error = std::isfinite(a) && std::isfinite(e) ? std::fmax(error, std::fabs(a - e)) : INFINITY;
  }
  return error == 0 ? 0 : error / std::fmax(travel, 1e-30);
}

bool within_rounding(const std::vector<float> &expected, const std::vector<float> &actual) {
  for (size_t i = 0; i < expected.size(); i++) {
    const float e = expected[i], a = actual[i];
    if (std::isnan(e) && std::isnan(a)) continue;
    if (!(std::fabs(a - e) <= std::nextafter(std::fabs(e), INFINITY) - std::fabs(e))) return false;
  }
  return true;
}

struct Case {
  int kind;
  nero_layout layout;
  nero_constraint constraint;
  nero_non_finite non_finite;
  nero_step_count count;
  int64_t offset;  // floats between a 16-byte boundary and each tensor
  std::string name() const {
    static const char *kinds[] = {"nero", "sgd", "adam", "lamb", "madam", "fromage", "lars"};
    return std::string(kinds[kind]) + " layout " + std::to_string(layout) + " constraint " +
           std::to_string(constraint) + " policy " + std::to_string(non_finite) + " offset " + std::to_string(offset);
  }
};

/// In units of the travel; a step that is small against the weights ends on one of their two neighbouring floats.
void check_close(const Case &c, const CudaModel &model, const Tensors &expected, double bound) {
  const Tensors actual = model.weights();
  for (size_t i = 0; i < actual.size(); i++) {
    const double error = travel_error(model.host.weights[i], expected[i], actual[i]);
    if (!(error <= bound) && !within_rounding(expected[i], actual[i])) {
      nero_failures++;
      std::fprintf(stderr, "%s, parameter %zu (%lld x %lld): off by %g of the travel\n", c.name().c_str(), i,
                   (long long)model.host.parameters[i].neurons, (long long)model.host.parameters[i].fan_in, error);
    }
  }
}

void check_states(const Case &c, nero_optimizer *expected, nero_optimizer *actual, const Model &model) {
  for (int64_t i = 0; i < model.count(); i++) {
    const auto a = states_of(expected, i), b = states_of(actual, i);
    CHECK(a.size() == b.size());
    for (size_t k = 0; k < a.size(); k++) {
      CHECK(a[k].name == b[k].name && a[k].bytes.size() == b[k].bytes.size());
      const bool f64 =
          a[k].name == "square" || a[k].name == "scale" || a[k].name == "trust_ratio" || a[k].name == "bound";
      if (a[k].name == "step" || a[k].name == "exempt") {
        CHECK(a[k].bytes == b[k].bytes);
        continue;
      }
      const size_t size = f64 ? 8 : 4;
      double largest = 0, error = 0;
      for (size_t at = 0; at < a[k].bytes.size(); at += size) {
        double x, y;
        if (f64) {
          std::memcpy(&x, &a[k].bytes[at], 8);
          std::memcpy(&y, &b[k].bytes[at], 8);
        } else {
          float fx, fy;
          std::memcpy(&fx, &a[k].bytes[at], 4);
          std::memcpy(&fy, &b[k].bytes[at], 4);
          x = static_cast<double>(fx);
          y = static_cast<double>(fy);
        }
        if (std::isnan(x) && std::isnan(y)) continue;
        largest = std::fmax(largest, std::fabs(x));
        error = std::fmax(error, std::isfinite(x - y) ? std::fabs(x - y) : (x == y ? 0 : INFINITY));
      }
      if (error > 3e-6 * largest) {
        nero_failures++;
        std::fprintf(stderr, "%s, parameter %lld, state %s: off by %g of %g\n", c.name().c_str(), (long long)i,
                     a[k].name.c_str(), error, largest);
      }
    }
  }
}

void check_reports(const Case &c, const nero_step_report &a, const nero_step_report &b) {
  const bool same = a.skipped == b.skipped && a.step == b.step && a.parameters_stepped == b.parameters_stepped &&
                    a.parameters_absent == b.parameters_absent && a.neurons_non_finite == b.neurons_non_finite &&
                    a.neurons_unbalanced == b.neurons_unbalanced && a.neurons_exempt == b.neurons_exempt &&
                    (std::isnan(a.gradient_norm) == std::isnan(b.gradient_norm)) &&
                    !(std::fabs(a.gradient_norm - b.gradient_norm) > 1e-6 * a.gradient_norm);
  if (same) return;
  nero_failures++;
  std::fprintf(
      stderr,
      "%s: reports differ: skipped %u %u, step %lld %lld, stepped %lld %lld, absent %lld %lld, non-finite %lld "
      "%lld, unbalanced %lld %lld, norm %g %g\n",
      c.name().c_str(), a.skipped, b.skipped, (long long)a.step, (long long)b.step, (long long)a.parameters_stepped,
      (long long)b.parameters_stepped, (long long)a.parameters_absent, (long long)b.parameters_absent,
      (long long)a.neurons_non_finite, (long long)b.neurons_non_finite, (long long)a.neurons_unbalanced,
      (long long)b.neurons_unbalanced, a.gradient_norm, b.gradient_norm);
}

nero_optimizer_options options_for(const Case &c) {
  nero_optimizer_options options = options_of(c.kind);
  options.constraint = c.constraint;
  options.non_finite = c.non_finite;
  options.step_count = c.count;
  options.degenerate = NERO_DEGENERATE_EXEMPT;
  return options;
}

void spoil(Model &model) {
  for (size_t i = 0; i < model.gradients.size(); i++) {
    auto &g = model.gradients[i];
    if (g.size() > 40 && i % 2 == 0) g[g.size() / 2] = NAN;
    if (g.size() > 1000 && i % 3 == 0) g[3] = INFINITY;
  }
}

/// Three steps on both; the second with gradients that are not finite, one of them with a tensor absent.
void follows_the_cpu(nero_context *cpu, nero_context *cuda, const Case &c) {
  Model host(c.layout);
  CudaModel device(cuda, c.layout, c.offset);
  const nero_optimizer_options options = options_for(c);
  nero_error error{};
  error.struct_size = sizeof error;
  nero_optimizer *a = make_optimizer(cpu, c.kind, host.parameters, &options, &error);
  nero_optimizer *b = make_optimizer(cuda, c.kind, device.parameters, &options, &error);
  if (a == nullptr || b == nullptr) {
    nero_failures++;
    std::fprintf(stderr, "%s: %s\n", c.name().c_str(), error.message);
    return;
  }
  for (int i = 0; i < 3; i++) {
    host.next_gradients(static_cast<unsigned>(i) + 5);
    if (i == 1) spoil(host);
    device.put_gradients(host);
    nero_step_report x = empty_report(), y = empty_report();
    const double scale = 0.5 + i;
    CHECK(step(a, &x, 0.01, nullptr, scale) == NERO_OK);
    const nero_status status = step(b, &y, 0.01, &error, scale);
    if (status != NERO_OK) {
      nero_failures++;
      std::fprintf(stderr, "%s: %s\n", c.name().c_str(), error.message);
      break;
    }
    check_reports(c, x, y);
  }
  check_close(c, device, host.weights, 2e-5);
  check_states(c, a, b, host);
  nero_optimizer_destroy(a, nullptr);
  nero_optimizer_destroy(b, nullptr);
}

void every_case(nero_context *cpu, nero_context *cuda) {
  for (int kind = NERO_KIND_NERO; kind <= NERO_KIND_LARS; kind++) {
    const nero_constraint own = options_of(kind).constraint;
    const nero_constraint other = kind == NERO_KIND_NERO ? NERO_CONSTRAINT_NORM : NERO_CONSTRAINT_BALANCED;
    for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
      follows_the_cpu(cpu, cuda, {kind, layout, own, NERO_NON_FINITE_SKIP_NEURON, NERO_STEP_COUNT_PER_PARAMETER, 0});
      follows_the_cpu(cpu, cuda, {kind, layout, other, NERO_NON_FINITE_SKIP_STEP, NERO_STEP_COUNT_SHARED, 1});
    }
    follows_the_cpu(cpu, cuda, {kind, NERO_ROWS, own, NERO_NON_FINITE_PROPAGATE, NERO_STEP_COUNT_SHARED, 3});
  }
}

}  // namespace

int main() {
  nero_error error{};
  error.struct_size = sizeof error;
  nero_context *cuda = make_cuda_context(&error);
  if (cuda == nullptr) {
    std::printf("no CUDA device, real or emulated: %s\n", error.message);
    return 0;
  }
  nero_context *cpu = make_context(1);
  every_case(cpu, cuda);
  CHECK(nero_context_destroy(cuda, nullptr) == NERO_OK);
  nero_context_destroy(cpu, nullptr);
  return nero_failures != 0;
}
