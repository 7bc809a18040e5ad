// Recorded steps, reports asked for later, host memory and queued copies, on the CPU, where all is done at once.
#include "check.h"
#include "model.h"

namespace {

const nero_step_args kArgs{sizeof kArgs, 0, 0.01, 1};

void replays_are_steps() {
  nero_context *context = make_context(1);
  for (int kind = NERO_KIND_NERO; kind <= NERO_KIND_LARS; kind++) {
    Model eager, replayed;
    nero_optimizer *a = make_optimizer(context, kind, eager.parameters);
    nero_optimizer *b = make_optimizer(context, kind, replayed.parameters);
    nero_graph *graph = nullptr;
    CHECK(nero_optimizer_capture(b, &graph, nullptr) == NERO_OK && graph != nullptr);
    CHECK(states_of(a, eager) == states_of(b, replayed));  // recording steps nothing
    for (int i = 0; i < 3; i++) {
      const nero_step_args args{sizeof args, 0, 0.01 / (i + 1), 1};
      CHECK(nero_optimizer_step(a, &args, nullptr, nullptr) == NERO_OK);
      CHECK(nero_graph_replay(graph, &args, nullptr) == NERO_OK);
    }
    CHECK(eager.weights == replayed.weights);
    CHECK(eager.weights != Model().weights);
    CHECK(states_of(a, eager) == states_of(b, replayed));
    CHECK(nero_optimizer_destroy(b, nullptr) == NERO_ERROR_SEQUENCE);
    CHECK(nero_graph_destroy(graph, nullptr) == NERO_OK);
    CHECK(nero_optimizer_destroy(a, nullptr) == NERO_OK && nero_optimizer_destroy(b, nullptr) == NERO_OK);
  }
  CHECK(nero_graph_destroy(nullptr, nullptr) == NERO_OK);
  CHECK(nero_graph_replay(nullptr, &kArgs, nullptr) == NERO_ERROR_NULL);
  nero_context_destroy(context, nullptr);
}

void reports_when_asked() {
  nero_context *context = make_context(1);
  Model model;
  model.gradients[1][0] = NAN;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters);
  nero_step_report asked = empty_report();
  nero_step_report given = empty_report();
  CHECK(nero_optimizer_report(optimizer, &asked, nullptr) == NERO_ERROR_SEQUENCE);
  CHECK(step(optimizer, &given) == NERO_OK);
  CHECK(nero_optimizer_report(optimizer, &asked, nullptr) == NERO_OK);
  CHECK(asked.step == 1 && asked.neurons_non_finite == 1 && asked.parameters_stepped == given.parameters_stepped);
  CHECK(nero_optimizer_report(optimizer, nullptr, nullptr) == NERO_ERROR_NULL);
  uint32_t observe;
  CHECK(nero_optimizer_begin(optimizer, &kArgs, &observe, nullptr) == NERO_OK);
  CHECK(nero_optimizer_report(optimizer, &asked, nullptr) == NERO_ERROR_SEQUENCE);
  nero_graph *graph = nullptr;
  CHECK(nero_optimizer_capture(optimizer, &graph, nullptr) == NERO_ERROR_SEQUENCE && graph == nullptr);
  nero_optimizer_abandon(optimizer, nullptr);
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

void copies_queued() {
  nero_context *context = make_context(1);
  void *host = nullptr;
  void *device = nullptr;
  CHECK(nero_memory_allocate_host(context, 64, &host, nullptr) == NERO_OK);
  CHECK(nero_memory_allocate(context, 64, &device, nullptr) == NERO_OK);
  std::memset(host, 7, 64);
  CHECK(nero_memory_copy_async(context, device, host, 64, NERO_COPY_HOST_TO_DEVICE, nullptr) == NERO_OK);
  CHECK(nero_context_synchronize(context, nullptr) == NERO_OK);
  CHECK(std::memcmp(device, host, 64) == 0);
  CHECK(nero_memory_copy_async(context, host, host, 64, NERO_COPY_DEVICE_TO_HOST, nullptr) == NERO_ERROR_OVERLAP);
  CHECK(nero_memory_free_host(context, host, nullptr) == NERO_OK);
  CHECK(nero_memory_free_host(context, host, nullptr) == NERO_ERROR_DEVICE);
  CHECK(nero_memory_free_host(context, nullptr, nullptr) == NERO_OK);
  CHECK(nero_memory_free(context, device, nullptr) == NERO_OK);
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main() {
  replays_are_steps();
  reports_when_asked();
  copies_queued();
  return nero_failures != 0;
}
