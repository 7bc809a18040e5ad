// steps OPTIMIZER NEURONS FAN_IN COUNT: so many steps of one matrix on one thread, for tools that count what a step
// does.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "nero/nero.h"

namespace {

nero_error error = [] {
  nero_error empty{};
  empty.struct_size = sizeof empty;
  return empty;
}();

void check(nero_status status) {
  if (status == NERO_OK) return;
  std::fprintf(stderr, "steps: %s\n", error.message);
  std::exit(1);
}

template <class Hyper>
nero_optimizer *make(nero_context *context, nero_optimizer_kind kind, const Hyper &hyper,
                     const nero_parameter &parameter) {
  nero_optimizer_options options;
  check(nero_optimizer_options_defaults(kind, &options, &error));
  nero_optimizer *optimizer = nullptr;
  check(nero_optimizer_create(context, kind, &hyper, &options, &parameter, 1, &optimizer, &error));
  return optimizer;
}

nero_optimizer *make(nero_context *context, const char *name, const nero_parameter &parameter) {
  if (std::strcmp(name, "nero") == 0) {
    nero_nero_hyper hyper;
    check(nero_nero_defaults(&hyper, &error));
    return make(context, NERO_KIND_NERO, hyper, parameter);
  }
  if (std::strcmp(name, "sgd") == 0) {
    nero_sgd_hyper hyper;
    check(nero_sgd_defaults(&hyper, &error));
    return make(context, NERO_KIND_SGD, hyper, parameter);
  }
  if (std::strcmp(name, "adam") == 0) {
    nero_adam_hyper hyper;
    check(nero_adam_defaults(&hyper, &error));
    return make(context, NERO_KIND_ADAM, hyper, parameter);
  }
  if (std::strcmp(name, "lamb") == 0) {
    nero_lamb_hyper hyper;
    check(nero_lamb_defaults(NERO_LAMB_PAPER, &hyper, &error));
    return make(context, NERO_KIND_LAMB, hyper, parameter);
  }
  std::fprintf(stderr, "steps: '%s' is none of nero, sgd, adam, lamb\n", name);
  std::exit(2);
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 5) {
    std::fprintf(stderr, "steps OPTIMIZER NEURONS FAN_IN COUNT\n");
    return 2;
  }
  const int64_t neurons = std::atoll(argv[2]);
  const int64_t fan_in = std::atoll(argv[3]);
  const auto count = static_cast<size_t>(neurons * fan_in);
  std::vector<float> weights(count);
  std::vector<float> gradients(count);
  for (size_t i = 0; i < count; i++) {
    weights[i] = static_cast<float>(i * 7919 % 1000) / 1000 - 0.5f;
    gradients[i] = static_cast<float>(i * 104729 % 1000) / 1000 - 0.5f;
  }

  nero_context_options options{};
  options.struct_size = sizeof options;
  options.threads = 1;
  nero_context *context = nullptr;
  check(nero_context_create(&options, &context, &error));
  nero_parameter parameter{};
  parameter.struct_size = sizeof parameter;
  parameter.dtype = NERO_F32;
  parameter.layout = NERO_ROWS;
  parameter.neurons = neurons;
  parameter.fan_in = fan_in;
  parameter.weights = weights.data();
  parameter.weights_bytes = count * sizeof(float);
  parameter.gradients = gradients.data();
  parameter.gradients_bytes = count * sizeof(float);
  parameter.name = "w";
  parameter.learning_rate_factor = 1;
  parameter.weight_decay_factor = 1;
  nero_optimizer *optimizer = make(context, argv[1], parameter);
  nero_step_args args{};
  args.struct_size = sizeof args;
  args.learning_rate = 1e-6;
  args.gradient_scale = 1;
  for (int64_t i = std::atoll(argv[4]); i > 0; i--) check(nero_optimizer_step(optimizer, &args, nullptr, &error));
  check(nero_optimizer_destroy(optimizer, &error));
  check(nero_context_destroy(context, &error));
  return 0;
}
