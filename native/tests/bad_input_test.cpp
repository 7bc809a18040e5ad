// Whatever is wrong gets its status and a message that names it, and nothing crashes.
#include <functional>

#include "check.h"
#include "model.h"

namespace {

nero_status create(nero_context *context, const std::function<void(std::vector<nero_parameter> &)> &spoil,
                   nero_error &error) {
  Model model;
  spoil(model.parameters);
  const Hypers hypers;
  nero_optimizer *optimizer = nullptr;
  const auto before = model.weights;
  const nero_status status =
      nero_optimizer_create(context, NERO_KIND_NERO, &hypers.nero, nullptr, model.parameters.data(),
                            static_cast<int64_t>(model.parameters.size()), &optimizer, &error);
  CHECK(status == NERO_OK || model.weights == before);
  nero_optimizer_destroy(optimizer, nullptr);
  return status;
}

}  // namespace

int main() {
  nero_error error{};
  error.struct_size = sizeof error;
  nero_context *context = make_context(1);
  const auto names = [&](const char *text) { return std::strstr(error.message, text) != nullptr; };

  CHECK(create(
            context, [](auto &p) { p[1].weights_bytes -= 4; }, error) == NERO_ERROR_SIZE);
  CHECK(names("parameter 1") && names("364") && names("360"));
  CHECK(error.parameter == 1);
  CHECK(create(
            context, [](auto &p) { p[1].weights = nullptr; }, error) == NERO_ERROR_NULL);
  CHECK(create(
            context,
            [](auto &p) { p[1].weights = reinterpret_cast<float *>(reinterpret_cast<char *>(p[1].weights) + 1); },
            error) == NERO_ERROR_ALIGNMENT);
  CHECK(create(
            context, [](auto &p) { p[1].gradients = p[1].weights; }, error) == NERO_ERROR_OVERLAP);
  CHECK(create(
            context, [](auto &p) { p[1].neurons = INT64_MAX; }, error) == NERO_ERROR_SIZE);
  CHECK(create(
            context, [](auto &p) { p[1].neurons = -1; }, error) == NERO_ERROR_SIZE);
  CHECK(create(
            context, [](auto &p) { p[1].dtype = NERO_F64; }, error) == NERO_ERROR_DTYPE);
  CHECK(create(
            context, [](auto &p) { p[1].struct_size = 4; }, error) == NERO_ERROR_STRUCT_SIZE);
  CHECK(create(
            context, [](auto &p) { p[1].learning_rate_factor = NAN; }, error) == NERO_ERROR_ARGUMENT);
  CHECK(create(
            context, [](auto &p) { std::fill_n(p[1].weights + 26, 13, 0.1f); }, error) == NERO_ERROR_DEGENERATE_NEURON);
  CHECK(error.parameter == 1 && error.neuron == 2);

  nero_optimizer *optimizer = nullptr;
  nero_adam_hyper adam;
  nero_adam_defaults(&adam, nullptr);
  adam.beta1 = 1;
  CHECK(nero_optimizer_create(context, NERO_KIND_ADAM, &adam, nullptr, nullptr, 0, &optimizer, &error) ==
        NERO_ERROR_ARGUMENT);
  CHECK(names("beta1"));
  nero_adam_defaults(&adam, nullptr);
  CHECK(nero_optimizer_create(context, NERO_KIND_ADAM, &adam, nullptr, nullptr, 1, &optimizer, &error) ==
        NERO_ERROR_NULL);
  CHECK(nero_optimizer_create(nullptr, NERO_KIND_ADAM, &adam, nullptr, nullptr, 0, &optimizer, &error) ==
        NERO_ERROR_NULL);
  CHECK(nero_optimizer_create(context, NERO_KIND_ADAM, &adam, nullptr, nullptr, 0, &optimizer, &error) == NERO_OK);
  for (const double rate : {-1.0, static_cast<double>(NAN), 1e7, static_cast<double>(INFINITY)}) {
    const nero_step_args args{sizeof args, 0, rate, 1};
    CHECK(nero_optimizer_step(optimizer, &args, nullptr, &error) == NERO_ERROR_ARGUMENT);
    CHECK(names("learning_rate"));
  }
  CHECK(nero_optimizer_step(optimizer, nullptr, nullptr, &error) == NERO_ERROR_NULL);
  CHECK(nero_optimizer_apply(optimizer, 0, nullptr, 0, nullptr, 0, &error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_optimizer_end(optimizer, nullptr, &error) == NERO_ERROR_SEQUENCE);
  int64_t count;
  CHECK(nero_optimizer_state_count(optimizer, 3, &count, &error) == NERO_ERROR_NOT_FOUND);
  CHECK(nero_optimizer_destroy(optimizer, &error) == NERO_OK);

  int local = 0;
  CHECK(nero_memory_free(context, &local, &error) == NERO_ERROR_DEVICE);
  void *address = nullptr;
  CHECK(nero_memory_allocate(context, UINT64_MAX, &address, &error) == NERO_ERROR_OUT_OF_MEMORY);
  CHECK(nero_memory_allocate(context, 100, &address, &error) == NERO_OK);
  CHECK(nero_memory_copy(context, address, address, 8, NERO_COPY_HOST_TO_DEVICE, &error) == NERO_ERROR_OVERLAP);
  CHECK(nero_memory_free(context, address, &error) == NERO_OK);
  CHECK(nero_memory_free(context, address, &error) == NERO_ERROR_DEVICE);
  nero_context_options options{sizeof options, NERO_DEVICE_CUDA, 0, 0, nullptr, nullptr};
  nero_context *other = nullptr;
  CHECK(nero_context_create(&options, &other, &error) == NERO_ERROR_DEVICE);
  options = {sizeof options, NERO_DEVICE_CPU, 0, 0, nullptr, "x86-64-v9"};
  CHECK(nero_context_create(&options, &other, &error) == NERO_ERROR_NOT_FOUND);
  CHECK(names("x86-64-v9"));
  CHECK(nero_context_destroy(context, &error) == NERO_OK);
  return nero_failures != 0;
}
