// nero_nn.h's functions.
#include <string>

#include "abi/border.h"
#include "nn/network.h"
#include "runtime/entry.h"

using nero::guarded;
using nero::known;
using nero::nn::Network;

namespace {

constexpr uint64_t kNetworkMagic = 0x6e65726f6e6e6574;

/// Runs body with the network held against other threads; oneDNN's errors become ours.
template <class Body>
nero_status entered(nero_nn_network *network, nero_error *error, const Body &body) {
  return guarded(error, [&] {
    if (nero::required(network, "network").magic != kNetworkMagic) {
      throw nero::Failure(NERO_ERROR_ARGUMENT, "network is not one");
    }
    const nero::Entry entry(network->network.busy(), "network");
    try {
      body(network->network);
    } catch (const dnnl::error &failure) {
      throw nero::Failure(NERO_ERROR_INTERNAL, nero::text("oneDNN: %s", failure.what()));
    }
  });
}

}  // namespace

nero_status nero_nn_network_create(const nero_nn_options *options, nero_nn_network **network, nero_error *error) {
  return guarded(error, [&] {
    nero_nn_network *&out = nero::required(network, "network");
    out = new nero_nn_network{kNetworkMagic, Network(known(options, "nero_nn_options"))};
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

nero_status nero_nn_add_linear(nero_nn_network *network, int64_t outputs, uint32_t bias, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.add_linear(outputs, bias != 0); });
}

nero_status nero_nn_add_relu(nero_nn_network *network, double scale, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.add_relu(scale); });
}

nero_status nero_nn_plan(nero_nn_network *network, nero_error *error) {
  return entered(network, error, [](Network &n) { n.plan(); });
}

nero_status nero_nn_describe(nero_nn_network *network, nero_nn_buffers *buffers, nero_error *error) {
  return entered(network, error, [&](Network &n) { n.describe(known(buffers, "nero_nn_buffers")); });
}

nero_status nero_nn_parameter_describe(nero_nn_network *network, int64_t index, nero_nn_parameter *parameter,
                                       nero_error *error) {
  return entered(network, error, [&](Network &n) { n.describe(index, known(parameter, "nero_nn_parameter")); });
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

uint32_t nero_nn_abi_version(void) { return NERO_NN_ABI_VERSION; }
