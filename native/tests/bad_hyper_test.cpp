// Every hyper-parameter, option and term out of its range is refused by a message that names it and the value.
#include <functional>
#include <memory>

#include "check.h"
#include "model.h"

namespace {

nero_context *context;

nero_status create(int kind, const void *hyper, Message &message, const nero_optimizer_options *options = nullptr) {
  nero_optimizer *optimizer = nullptr;
  const nero_status status = nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind), hyper, options,
                                                   nullptr, 0, &optimizer, &message.error);
  CHECK((status == NERO_OK) == (optimizer != nullptr));
  nero_optimizer_destroy(optimizer, nullptr);
  return status;
}

/// Values that are none of the field's, and one at each end that is.
template <class Hyper>
void range(int kind, const Hyper &defaults, double Hyper::*field, const char *name, std::vector<double> bad,
           std::vector<double> good) {
  bad.push_back(NAN);
  bad.push_back(-INFINITY);
  for (const double value : bad) {
    Hyper hyper = defaults;
    hyper.*field = value;
    Message message;
    CHECK(create(kind, &hyper, message) == NERO_ERROR_ARGUMENT);
    char shown[32];
    std::snprintf(shown, sizeof shown, "%s is %g", name, value);
    if (!message.says(shown)) {
      std::fprintf(stderr, "'%s' is not in '%s'\n", shown, message.error.message);
      CHECK(!"named");
    }
  }
  for (const double value : good) {
    Hyper hyper = defaults;
    hyper.*field = value;
    Message message;
    CHECK(create(kind, &hyper, message) == NERO_OK);
  }
}

void ranges() {
  Hypers h;
  h.sgd.momentum = 0.5;
  const double inf = INFINITY;
  range(NERO_KIND_NERO, h.nero, &nero_nero_hyper::beta, "beta", {-0.1, 1, 1.5, inf}, {0, 0.9999});
  range(NERO_KIND_NERO, h.nero, &nero_nero_hyper::epsilon, "epsilon", {-1e-9, inf}, {0, 1e-8});
  range(NERO_KIND_SGD, h.sgd, &nero_sgd_hyper::momentum, "momentum", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_SGD, h.sgd, &nero_sgd_hyper::dampening, "dampening", {-0.1, 1.1, inf}, {0, 1});
  range(NERO_KIND_SGD, h.sgd, &nero_sgd_hyper::weight_decay, "weight_decay", {-0.1, inf}, {0, 10});
  range(NERO_KIND_ADAM, h.adam, &nero_adam_hyper::beta1, "beta1", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_ADAM, h.adam, &nero_adam_hyper::beta2, "beta2", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_ADAM, h.adam, &nero_adam_hyper::epsilon, "epsilon", {-1e-9, inf}, {0, 1});
  range(NERO_KIND_ADAM, h.adam, &nero_adam_hyper::weight_decay, "weight_decay", {-0.1, inf}, {0, 10});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::beta1, "beta1", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::beta2, "beta2", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::epsilon, "epsilon", {-1e-9, inf}, {0, 1});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::weight_decay, "weight_decay", {-0.1, inf}, {0, 10});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::max_gradient_norm, "max_gradient_norm", {-1}, {0, 1, inf});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::weight_norm_max, "weight_norm_max", {-1}, {10, inf});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::ratio_min, "ratio_min", {-1, inf}, {0, 0.01});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::ratio_max, "ratio_max", {-1}, {1, inf});
  range(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::ratio_epsilon, "ratio_epsilon", {-1, inf}, {0, 1e-6});
  range(NERO_KIND_MADAM, h.madam, &nero_madam_hyper::beta, "beta", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_MADAM, h.madam, &nero_madam_hyper::weight_scale, "weight_scale", {-1, 0, inf}, {1});
  range(NERO_KIND_MADAM, h.madam, &nero_madam_hyper::gradient_bound, "gradient_bound", {-1, 0}, {1});
  range(NERO_KIND_FROMAGE, h.fromage, &nero_fromage_hyper::weight_bound, "weight_bound", {-1, inf}, {0, 1});
  range(NERO_KIND_LARS, h.lars, &nero_lars_hyper::momentum, "momentum", {-0.1, 1, inf}, {0, 0.99});
  range(NERO_KIND_LARS, h.lars, &nero_lars_hyper::weight_decay, "weight_decay", {-0.1, inf}, {0, 10});
  range(NERO_KIND_LARS, h.lars, &nero_lars_hyper::trust, "trust", {-1, 0, inf}, {0.001});
  range(NERO_KIND_LARS, h.lars, &nero_lars_hyper::epsilon, "epsilon", {-1, inf}, {0, 1e-8});
}

template <class Hyper, class Enum>
void choice(int kind, Hyper hyper, Enum Hyper::*field, const char *name, int last) {
  for (const int value : {-1, last + 1, 77}) {
    hyper.*field = static_cast<Enum>(value);
    Message message;
    CHECK(create(kind, &hyper, message) == NERO_ERROR_ARGUMENT);
    CHECK(message.says(name) && message.says(std::to_string(value)) && message.says(std::to_string(last)));
  }
}

void choices() {
  const Hypers h;
  choice(NERO_KIND_NERO, h.nero, &nero_nero_hyper::scale, "scale", 1);
  choice(NERO_KIND_ADAM, h.adam, &nero_adam_hyper::weight_decay_kind, "weight_decay_kind", 1);
  choice(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::correction, "correction", 3);
  choice(NERO_KIND_LAMB, h.lamb, &nero_lamb_hyper::decay, "decay", 2);
  choice(NERO_KIND_LARS, h.lars, &nero_lars_hyper::variant, "variant", 3);
  Message message;
  CHECK(create(-1, &h.nero, message) == NERO_ERROR_ARGUMENT && message.says("kind"));
  CHECK(create(7, &h.nero, message) == NERO_ERROR_ARGUMENT && message.says("kind"));
  nero_sgd_hyper nesterov = h.sgd;
  nesterov.nesterov = 1;
  CHECK(create(NERO_KIND_SGD, &nesterov, message) == NERO_OK);
  nesterov.dampening = 0.5;
  CHECK(create(NERO_KIND_SGD, &nesterov, message) == NERO_ERROR_ARGUMENT && message.says("dampening"));
  nesterov.dampening = nesterov.momentum = 0;
  CHECK(create(NERO_KIND_SGD, &nesterov, message) == NERO_ERROR_ARGUMENT && message.says("momentum"));
  nero_lars_hyper lars = h.lars;
  lars.nesterov = 1;
  CHECK(create(NERO_KIND_LARS, &lars, message) == NERO_OK);
  lars.momentum = 0;
  CHECK(create(NERO_KIND_LARS, &lars, message) == NERO_ERROR_ARGUMENT && message.says("momentum"));
}

/// A struct of another size is read no further than that size: one of four bytes is enough.
void sizes() {
  const size_t known[] = {sizeof(nero_nero_hyper), sizeof(nero_sgd_hyper),   sizeof(nero_adam_hyper),
                          sizeof(nero_lamb_hyper), sizeof(nero_madam_hyper), sizeof(nero_fromage_hyper),
                          sizeof(nero_lars_hyper)};
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    const auto four = std::make_unique<uint32_t>(4);
    Message message;
    CHECK(create(kind, four.get(), message) == NERO_ERROR_STRUCT_SIZE);
    CHECK(message.says("is 4") && message.says("knows " + std::to_string(known[kind])));
    CHECK(create(kind, nullptr, message) == NERO_ERROR_NULL && message.says("hyper"));
  }
}

void options() {
  const Hypers h;
  Message message;
  const auto refuses = [&](const char *name, const std::function<void(nero_optimizer_options &)> &spoil) {
    nero_optimizer_options o = options_of(NERO_KIND_NERO);
    spoil(o);
    CHECK(create(NERO_KIND_NERO, &h.nero, message, &o) == NERO_ERROR_ARGUMENT);
    CHECK(message.says(name));
  };
  refuses("constraint", [](auto &o) { o.constraint = static_cast<nero_constraint>(4); });
  refuses("non_finite", [](auto &o) { o.non_finite = static_cast<nero_non_finite>(3); });
  refuses("degenerate", [](auto &o) { o.degenerate = static_cast<nero_degenerate>(2); });
  refuses("step_count", [](auto &o) { o.step_count = static_cast<nero_step_count>(2); });
  nero_optimizer_options o = options_of(NERO_KIND_NERO);
  o.struct_size = 100;
  CHECK(create(NERO_KIND_NERO, &h.nero, message, &o) == NERO_ERROR_STRUCT_SIZE);
  CHECK(nero_optimizer_options_defaults(NERO_KIND_NERO, nullptr, &message.error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_options_defaults(static_cast<nero_optimizer_kind>(9), &o, &message.error) ==
        NERO_ERROR_ARGUMENT);
}

void terms() {
  Model model;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters);
  const auto before = model.weights;
  Message message;
  const auto refuses = [&](nero_status status, const nero_step_args &args, const char *name) {
    uint32_t observe = 0;
    CHECK(nero_optimizer_step(optimizer, &args, nullptr, &message.error) == status && message.says(name));
    CHECK(nero_optimizer_begin(optimizer, &args, &observe, &message.error) == status && message.says(name));
  };
  for (const double rate : {-1.0, -1e-300, 1.0000001e6, double{NAN}, double{INFINITY}}) {
    refuses(NERO_ERROR_ARGUMENT, {sizeof(nero_step_args), 0, rate, 1}, "learning_rate");
  }
  for (const double scale : {0.0, double{NAN}, double{INFINITY}, -double{INFINITY}}) {
    refuses(NERO_ERROR_ARGUMENT, {sizeof(nero_step_args), 0, 0.1, scale}, "gradient_scale");
  }
  refuses(NERO_ERROR_STRUCT_SIZE, {12, 0, 0.1, 1}, "nero_step_args");
  const nero_step_args good{sizeof good, 0, 0.1, 1};
  nero_step_report report{};
  CHECK(nero_optimizer_step(optimizer, nullptr, nullptr, &message.error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_step(optimizer, &good, &report, &message.error) == NERO_ERROR_STRUCT_SIZE);
  CHECK(nero_optimizer_begin(optimizer, &good, nullptr, &message.error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_step(nullptr, &good, nullptr, &message.error) == NERO_ERROR_NULL);
  CHECK(model.weights == before);
  // An error struct of another size is left alone; none is legal.
  nero_error other{};
  other.struct_size = 8;
  CHECK(nero_optimizer_step(optimizer, nullptr, nullptr, &other) == NERO_ERROR_NULL && other.message[0] == 0);
  CHECK(nero_optimizer_step(optimizer, nullptr, nullptr, nullptr) == NERO_ERROR_NULL);
  nero_optimizer_destroy(optimizer, nullptr);
}

void defaults() {
  Message m;
  CHECK(nero_nero_defaults(nullptr, &m.error) == NERO_ERROR_NULL);
  CHECK(nero_sgd_defaults(nullptr, &m.error) == NERO_ERROR_NULL);
  CHECK(nero_adam_defaults(nullptr, &m.error) == NERO_ERROR_NULL);
  CHECK(nero_lamb_defaults(NERO_LAMB_PAPER, nullptr, &m.error) == NERO_ERROR_NULL);
  CHECK(nero_madam_defaults(nullptr, &m.error) == NERO_ERROR_NULL);
  CHECK(nero_fromage_defaults(nullptr, &m.error) == NERO_ERROR_NULL);
  CHECK(nero_lars_defaults(NERO_LARS_PAPER, nullptr, &m.error) == NERO_ERROR_NULL);
  nero_lamb_hyper lamb;
  nero_lars_hyper lars;
  CHECK(nero_lamb_defaults(static_cast<nero_lamb_preset>(5), &lamb, &m.error) == NERO_ERROR_ARGUMENT);
  CHECK(nero_lars_defaults(static_cast<nero_lars_kind>(4), &lars, &m.error) == NERO_ERROR_ARGUMENT);
  // Every default and every preset is one that its own optimiser takes.
  for (int preset = 0; preset <= NERO_LAMB_PYTORCH_OPTIMIZER; preset++) {
    CHECK(nero_lamb_defaults(static_cast<nero_lamb_preset>(preset), &lamb, &m.error) == NERO_OK);
    CHECK(create(NERO_KIND_LAMB, &lamb, m) == NERO_OK);
  }
  for (int variant = 0; variant <= NERO_LARS_PYTORCH_OPTIMIZER; variant++) {
    CHECK(nero_lars_defaults(static_cast<nero_lars_kind>(variant), &lars, &m.error) == NERO_OK);
    CHECK(create(NERO_KIND_LARS, &lars, m) == NERO_OK);
  }
}

}  // namespace

int main() {
  context = make_context(1);
  ranges();
  choices();
  sizes();
  options();
  terms();
  defaults();
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
  return nero_failures != 0;
}
