// nero_nn.h's functions.
#include <string>

#include "abi/border.h"
#include "nn/network.h"
#include "runtime/entry.h"

using nero::guarded;
using nero::known;
using nero::required;
using nero::nn::Network;

namespace {

constexpr uint64_t kNetworkMagic = 0x6e65726f6e6e6574;

/// oneDNN's errors become ours.
template <class Body>
auto translated(const Body &body) -> decltype(body()) {
  try {
    return body();
  } catch (const dnnl::error &failure) {
    const nero_status status = failure.status == dnnl_out_of_memory   ? NERO_ERROR_OUT_OF_MEMORY
                               : failure.status == dnnl_unimplemented ? NERO_ERROR_UNSUPPORTED
                                                                      : NERO_ERROR_INTERNAL;
    throw nero::Failure(status, nero::text("oneDNN: %s", failure.what()));
  }
}

/// Runs body with the network held against other threads.
template <class Body>
nero_status entered(nero_nn_network *network, nero_error *error, const Body &body) {
  return guarded(error, [&] {
    if (required(network, "network").magic != kNetworkMagic) {
      throw nero::Failure(NERO_ERROR_ARGUMENT, "network is not one");
    }
    const nero::Entry entry(network->network.busy(), "network");
    translated([&] { body(network->network); });
  });
}

/// Adds a layer.
template <class Body>
nero_status added(nero_nn_network *network, int32_t *output, nero_error *error, const Body &body) {
  return entered(network, error, [&](Network &n) {
    int32_t &made = required(output, "output");
    made = body(n);
  });
}

}  // namespace

nero_status nero_nn_network_create(const nero_nn_options *options, nero_nn_network **network, nero_error *error) {
  return guarded(error, [&] {
    nero_nn_network *&out = required(network, "network");
    out = translated([&] { return new nero_nn_network{kNetworkMagic, Network(known(options, "nero_nn_options"))}; });
  });
}

nero_status nero_nn_network_destroy(nero_nn_network *network, nero_error *error) {
  if (network == nullptr) return NERO_OK;
  const nero_status status = entered(network, error, [](Network &) {});
  if (status != NERO_OK) return status;
  network->magic = 0;
  delete network;
  return NERO_OK;
}

nero_status nero_nn_add_linear(nero_nn_network *network, int32_t input, int64_t outputs, uint32_t bias, int32_t *output,
                               nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_linear(input, outputs, bias != 0); });
}

nero_status nero_nn_add_relu(nero_nn_network *network, int32_t input, double scale, int32_t *output,
                             nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_relu(input, scale); });
}

nero_status nero_nn_add_sum(nero_nn_network *network, int32_t first, int32_t second, int32_t *output,
                            nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_sum(first, second); });
}

nero_status nero_nn_add_convolution(nero_nn_network *network, int32_t input, const nero_nn_window *window,
                                    int64_t outputs, int64_t groups, uint32_t bias, int32_t *output,
                                    nero_error *error) {
  return added(network, output, error, [&](Network &n) {
    return n.add_convolution(input, known(window, "nero_nn_window"), outputs, groups, bias != 0);
  });
}

nero_status nero_nn_add_max_pool(nero_nn_network *network, int32_t input, const nero_nn_window *window, int32_t *output,
                                 nero_error *error) {
  return added(network, output, error,
               [&](Network &n) { return n.add_max_pool(input, known(window, "nero_nn_window")); });
}

nero_status nero_nn_add_average_pool(nero_nn_network *network, int32_t input, const nero_nn_window *window,
                                     int32_t *output, nero_error *error) {
  return added(network, output, error,
               [&](Network &n) { return n.add_average_pool(input, known(window, "nero_nn_window")); });
}

nero_status nero_nn_add_global_average_pool(nero_nn_network *network, int32_t input, int32_t *output,
                                            nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_global_average_pool(input); });
}

nero_status nero_nn_add_batch_norm(nero_nn_network *network, int32_t input, double epsilon, double momentum,
                                   int32_t *output, nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_batch_norm(input, epsilon, momentum); });
}

nero_status nero_nn_add_layer_norm(nero_nn_network *network, int32_t input, double epsilon, int32_t *output,
                                   nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_layer_norm(input, epsilon); });
}

nero_status nero_nn_add_dropout(nero_nn_network *network, int32_t input, double probability, uint64_t seed,
                                int32_t *output, nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_dropout(input, probability, seed); });
}

nero_status nero_nn_add_flatten(nero_nn_network *network, int32_t input, int32_t *output, nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_flatten(input); });
}

nero_status nero_nn_add_embedding(nero_nn_network *network, int32_t input, int64_t vocabulary, int64_t width,
                                  int32_t *output, nero_error *error) {
  return added(network, output, error, [&](Network &n) { return n.add_embedding(input, vocabulary, width); });
}

nero_status nero_nn_add_softmax_cross_entropy(nero_nn_network *network, int32_t logits, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.add_loss(logits); });
}

nero_status nero_nn_network_plan(nero_nn_network *network, nero_error *error) {
  return entered(network, error, [](Network &n) { n.plan(); });
}

nero_status nero_nn_network_describe(nero_nn_network *network, nero_nn_buffers *buffers, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.describe(known(buffers, "nero_nn_buffers")); });
}

nero_status nero_nn_parameter_describe(nero_nn_network *network, int64_t index, nero_nn_parameter *parameter,
                                       nero_error *error) {
  return entered(network, error, [&](Network &n) { n.describe(index, known(parameter, "nero_nn_parameter")); });
}

nero_status nero_nn_state_describe(nero_nn_network *network, int64_t index, nero_nn_state *state, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.describe(index, known(state, "nero_nn_state")); });
}

nero_status nero_nn_step(nero_nn_network *network, int64_t *step, nero_error *error) {
  return entered(network, error, [&](Network &n) { required(step, "step") = n.step(); });
}

nero_status nero_nn_set_step(nero_nn_network *network, int64_t step, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.set_step(step); });
}

nero_status nero_nn_train(nero_nn_network *network, int64_t count, nero_nn_result *result, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.run(count, true, known(result, "nero_nn_result")); });
}

nero_status nero_nn_evaluate(nero_nn_network *network, int64_t count, nero_nn_result *result, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.run(count, false, known(result, "nero_nn_result")); });
}

const char *nero_nn_backend(void) {
  static const std::string version = [] {
    const dnnl_version_t *v = dnnl_version();
    return std::to_string(v->major) + '.' + std::to_string(v->minor) + '.' + std::to_string(v->patch);
  }();
  return version.c_str();
}

uint32_t nero_nn_has_bfloat16(void) { return nero::nn::has_bfloat16() ? 1 : 0; }

uint32_t nero_nn_abi_version(void) { return NERO_NN_ABI_VERSION; }
