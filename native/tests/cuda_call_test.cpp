// What CUDA contexts do besides stepping like the CPU: replays, rebinding, absent gradients, state, stateless steps,
// memory, order between streams, and errors that a caller can cause.
#include <dlfcn.h>

#include "check.h"
#include "cuda_model.h"

namespace {

void replays_are_steps(nero_context *cuda) {
  for (int kind = NERO_KIND_NERO; kind <= NERO_KIND_LARS; kind++) {
    CudaModel eager(cuda, NERO_ROWS), replayed(cuda, NERO_ROWS);
    Message error;
    nero_optimizer *a = make_optimizer(cuda, kind, eager.parameters, nullptr, error);
    nero_optimizer *b = make_optimizer(cuda, kind, replayed.parameters, nullptr, error);
    nero_graph *graph = nullptr;
    CHECK(nero_optimizer_capture(b, &graph, error) == NERO_OK);
    if (graph == nullptr) {
      std::fprintf(stderr, "%s\n", error.error.message);
      return;
    }
    CHECK(replayed.weights() == eager.weights());
    for (int i = 0; i < 3; i++) {
      const nero_step_args args{sizeof args, 0, 0.01 / (i + 1), i == 2 ? 0.5 : 1};
      CHECK(nero_optimizer_step(a, &args, nullptr, nullptr) == NERO_OK);
      CHECK(nero_graph_replay(graph, &args, nullptr) == NERO_OK);
    }
    nero_step_report x = empty_report(), y = empty_report();
    CHECK(nero_optimizer_report(a, &x, nullptr) == NERO_OK && nero_optimizer_report(b, &y, nullptr) == NERO_OK);
    CHECK(x.step == 3 && y.step == 3);
    CHECK(eager.weights() == replayed.weights());
    CHECK(eager.weights() != Model().weights);
    CHECK(states_of(a, eager.host) == states_of(b, replayed.host));
    // A graph finds tensors where they have gone, and leaves those without a gradient alone.
    CudaModel elsewhere(cuda, NERO_ROWS, 1);
    for (size_t i = 0; i < elsewhere.parameters.size(); i++) {
      nero_parameter &p = elsewhere.parameters[i];
      if (i % 3 == 1) p.gradients = nullptr;
      const nero_binding binding{sizeof binding,
                                 0,
                                 static_cast<int64_t>(i),
                                 p.weights,
                                 p.weights_bytes,
                                 p.gradients,
                                 p.gradients == nullptr ? 0 : p.gradients_bytes};
      CHECK(nero_optimizer_rebind(b, &binding, 1, error) == NERO_OK);
    }
    const Tensors before = replayed.weights();
    const nero_step_args args{sizeof args, 0, 0.01, 1};
    CHECK(nero_graph_replay(graph, &args, nullptr) == NERO_OK);
    CHECK(nero_optimizer_report(b, &y, nullptr) == NERO_OK);
    CHECK(y.step == 4 && y.parameters_absent > 0);
    CHECK(replayed.weights() == before);
    const Tensors moved = elsewhere.weights();
    for (size_t i = 0; i < moved.size(); i++) {
      CHECK((moved[i] == elsewhere.host.weights[i]) == (i % 3 == 1 || moved[i].empty()));
    }
    CHECK(nero_optimizer_destroy(b, nullptr) == NERO_ERROR_SEQUENCE);
    CHECK(nero_graph_destroy(graph, nullptr) == NERO_OK);
    nero_optimizer_destroy(a, nullptr);
    nero_optimizer_destroy(b, nullptr);
  }
}

void state_is_resumed(nero_context *cuda) {
  for (int kind = NERO_KIND_NERO; kind <= NERO_KIND_LARS; kind++) {
    CudaModel straight(cuda, NERO_ROWS), resumed(cuda, NERO_ROWS);
    nero_optimizer_options options = options_of(kind);
    options.step_count = kind % 2 == 0 ? NERO_STEP_COUNT_PER_PARAMETER : NERO_STEP_COUNT_SHARED;
    nero_optimizer *a = make_optimizer(cuda, kind, straight.parameters, &options);
    nero_optimizer *b = make_optimizer(cuda, kind, resumed.parameters, &options);
    step(a), step(b);
    const auto saved = states_of(b, resumed.host);
    nero_optimizer_destroy(b, nullptr);
    b = make_optimizer(cuda, kind, resumed.parameters, &options);
    for (int64_t i = 0; i < resumed.host.count(); i++) {
      for (const NamedState &state : saved[static_cast<size_t>(i)]) {
        CHECK(nero_optimizer_state_write(b, i, state.name.c_str(), state.bytes.data(), state.bytes.size(), nullptr) ==
              NERO_OK);
      }
    }
    CHECK(states_of(b, resumed.host) == saved);
    step(a), step(b);
    // Made anew, an optimiser projects: weights on the constraint already move by rounding.
    if (kind != NERO_KIND_NERO) CHECK(straight.weights() == resumed.weights());
    CHECK(states_of(a, straight.host)[1].size() == states_of(b, resumed.host)[1].size());
    nero_optimizer_destroy(a, nullptr);
    nero_optimizer_destroy(b, nullptr);
  }
}

void stateless_steps_are_steps(nero_context *cuda) {
  CudaModel a(cuda, NERO_ROWS), b(cuda, NERO_ROWS);
  const size_t at = 1;  // of an odd number of weights, so that the second buffer has an odd address
  const nero_parameter &p = b.parameters[at];
  std::vector<nero_parameter> one{a.parameters[at]};
  nero_optimizer_options options = options_of(NERO_KIND_ADAM);
  nero_optimizer *adam = make_optimizer(cuda, NERO_KIND_ADAM, one, &options);
  void *moments = nullptr;
  CHECK(nero_memory_allocate(cuda, 3 * p.weights_bytes, &moments, nullptr) == NERO_OK);
  auto *const m = static_cast<float *>(moments);
  const int64_t n = p.neurons * p.fan_in;
  const Hypers hypers;
  for (int i = 1; i <= 2; i++) {
    nero_step_terms terms{};
    terms.struct_size = sizeof terms;
    terms.step = i;
    terms.learning_rate = 0.01;
    terms.gradient_scale = 1;
    nero_step_report report = empty_report();
    Message error;
    CHECK(nero_step_adam(cuda, &p, m, m + n, m + 2 * n, &hypers.adam, &terms, &report, error) == NERO_OK);
    CHECK(report.step == i && report.parameters_stepped == 1);
    step(adam);
  }
  CHECK(a.weights()[at] == b.weights()[at] && a.weights()[at] != a.host.weights[at]);
  Message error;
  std::vector<float> host(static_cast<size_t>(n));
  nero_step_terms terms{sizeof terms, NERO_CONSTRAINT_NONE, NERO_NON_FINITE_SKIP_NEURON, 0, 1, 0.01, 1};
  CHECK(nero_step_adam(cuda, &p, host.data(), m + n, m + 2 * n, &hypers.adam, &terms, nullptr, error) ==
        NERO_ERROR_DEVICE);
  CHECK(error.says("first_moment"));
  double scale = 0;
  CHECK(nero_measure_scale(cuda, &p, &scale, error) == NERO_OK && scale > 0);
  CHECK(nero_project(cuda, &p, NERO_CONSTRAINT_BALANCED, error) == NERO_OK);
  CHECK(nero_measure_scale(cuda, &p, &scale, error) == NERO_OK && std::fabs(scale - 1) < 1e-5);
  nero_optimizer_destroy(adam, nullptr);
  nero_memory_free(cuda, moments, nullptr);
}

void mistakes_are_told(nero_context *cuda) {
  Model host;
  Message error;
  CHECK(make_optimizer(cuda, NERO_KIND_ADAM, host.parameters, nullptr, error) == nullptr);
  CHECK(error.error.status == NERO_ERROR_DEVICE && error.says("weights") && error.says("host memory"));
  CudaModel model(cuda, NERO_ROWS);
  nero_optimizer *adam = make_optimizer(cuda, NERO_KIND_ADAM, model.parameters, nullptr, error);
  const nero_parameter &p = host.parameters[1];
  const nero_binding wrong{sizeof wrong, 0, 1, p.weights, p.weights_bytes, p.gradients, p.gradients_bytes};
  CHECK(nero_optimizer_rebind(adam, &wrong, 1, error) == NERO_ERROR_DEVICE);
  uint32_t observe;
  const nero_step_args args{sizeof args, 0, 0.01, 1};
  CHECK(nero_optimizer_begin(adam, &args, &observe, error) == NERO_ERROR_UNSUPPORTED);
  nero_step_report report = empty_report();
  CHECK(nero_optimizer_report(adam, &report, error) == NERO_ERROR_SEQUENCE);
  CHECK(step(adam, &report) == NERO_OK && report.step == 1);
  float x[4];
  CHECK(nero_memory_copy(cuda, x, x + 1, 4, NERO_COPY_HOST_TO_DEVICE, error) == NERO_ERROR_DEVICE);
  CHECK(nero_memory_fill_f32(cuda, x, 4, 1, error) == NERO_ERROR_DEVICE);
  CHECK(nero_optimizer_destroy(adam, nullptr) == NERO_OK);

  // A neuron of equal weights, on the device as on the host.
  std::vector<float> equal(static_cast<size_t>(model.parameters[1].fan_in), 2);
  model.copy(model.parameters[1].weights + 3 * model.parameters[1].fan_in, equal.data(), equal.size() * 4,
             NERO_COPY_HOST_TO_DEVICE);
  CHECK(make_optimizer(cuda, NERO_KIND_NERO, model.parameters, nullptr, error) == nullptr);
  CHECK(error.error.status == NERO_ERROR_DEGENERATE_NEURON && error.error.parameter == 1 && error.error.neuron == 3);
}

void memory_is_the_devices(nero_context *cuda) {
  void *device = nullptr;
  void *pinned = nullptr;
  CHECK(nero_memory_allocate(cuda, 4000, &device, nullptr) == NERO_OK);
  CHECK(nero_memory_allocate_host(cuda, 4000, &pinned, nullptr) == NERO_OK);
  auto *const floats = static_cast<float *>(pinned);
  CHECK(floats[0] == 0 && floats[999] == 0);
  CHECK(nero_memory_fill_f32(cuda, static_cast<float *>(device) + 1, 998, 3, nullptr) == NERO_OK);
  CHECK(nero_memory_copy_async(cuda, pinned, device, 4000, NERO_COPY_DEVICE_TO_HOST, nullptr) == NERO_OK);
  CHECK(nero_context_synchronize(cuda, nullptr) == NERO_OK);
  CHECK(floats[0] == 0 && floats[1] == 3 && floats[998] == 3 && floats[999] == 0);
  CHECK(nero_memory_free_host(cuda, device, nullptr) == NERO_ERROR_DEVICE);
  CHECK(nero_memory_free_host(cuda, pinned, nullptr) == NERO_OK);
  CHECK(nero_memory_free(cuda, device, nullptr) == NERO_OK);
}

/// What is queued on one stream knows nothing of another: memory just given out may be written to on any of them. Under
/// PTX emulation with PTXEMU_DEFERRED=1 a stream does nothing before it must.
void memory_given_out_is_ready_on_every_stream(nero_context *cuda) {
  nero_context *other = make_cuda_context();
  std::vector<float> values(1000), got(1000);
  for (size_t i = 0; i < values.size(); i++) values[i] = static_cast<float>(i + 1);
  const uint64_t bytes = values.size() * 4;
  void *device = nullptr;
  CHECK(nero_memory_allocate(cuda, bytes, &device, nullptr) == NERO_OK);
  CHECK(nero_memory_copy(other, device, values.data(), bytes, NERO_COPY_HOST_TO_DEVICE, nullptr) == NERO_OK);
  CHECK(nero_context_synchronize(cuda, nullptr) == NERO_OK);
  CHECK(nero_memory_copy(other, got.data(), device, bytes, NERO_COPY_DEVICE_TO_HOST, nullptr) == NERO_OK);
  CHECK(got == values);
  CHECK(nero_context_destroy(other, nullptr) == NERO_OK);
  CHECK(nero_memory_free(cuda, device, nullptr) == NERO_OK);
}

/// Copies on one stream into what another reads, ordered by an event or by the stream itself: work that begins too
/// early reads what was there before. Deferred, work that nothing orders is not done at all when the other looks.
void events_order_streams_and_tell_time(nero_context *cpu, nero_context *cuda) {
  Message error;
  nero_context *other = make_cuda_context();
  void *pinned = nullptr, *device = nullptr, *copied = nullptr;
  const uint64_t bytes = 4000;
  CHECK(nero_memory_allocate_host(cuda, bytes, &pinned, nullptr) == NERO_OK);
  CHECK(nero_memory_allocate(cuda, bytes, &device, nullptr) == NERO_OK);
  CHECK(nero_memory_allocate(other, bytes, &copied, nullptr) == NERO_OK);
  auto *const floats = static_cast<float *>(pinned);
  nero_event *ready = nullptr, *start = nullptr, *moment = nullptr;
  CHECK(nero_event_create(cuda, &ready, error) == NERO_OK && nero_event_create(cuda, &start, error) == NERO_OK);
  CHECK(nero_event_synchronize(ready, error) == NERO_ERROR_SEQUENCE && error.says("never recorded"));
  double milliseconds = -1;
  for (int round = 1; round <= 3; round++) {
    CHECK(nero_event_record(start, error) == NERO_OK);
    for (int i = 0; i < 1000; i++) floats[i] = static_cast<float>(round * 1000 + i);
    CHECK(nero_memory_copy_async(cuda, device, pinned, bytes, NERO_COPY_HOST_TO_DEVICE, error) == NERO_OK);
    CHECK(nero_event_record(ready, error) == NERO_OK);
    CHECK(nero_context_wait_event(other, ready, error) == NERO_OK);
    std::vector<float> got(1000);
    CHECK(nero_memory_copy(other, got.data(), device, bytes, NERO_COPY_DEVICE_TO_HOST, error) == NERO_OK);
    CHECK(got[0] == static_cast<float>(round * 1000) && got[999] == static_cast<float>(round * 1000 + 999));
    CHECK(nero_event_elapsed(start, ready, &milliseconds, error) == NERO_OK && milliseconds >= 0);
    CHECK(nero_event_elapsed(ready, start, &milliseconds, error) == NERO_OK && milliseconds <= 0);
  }
  // The legacy default stream is one of the caller's; it has nothing to do here, and waiting for it is legal.
  CHECK(nero_context_wait_stream(other, nullptr, error) == NERO_OK);
  CHECK(nero_event_create(cpu, &moment, error) == NERO_OK && nero_event_record(moment, error) == NERO_OK);
  CHECK(nero_context_wait_event(cuda, moment, error) == NERO_OK &&
        nero_context_wait_event(cpu, ready, error) == NERO_OK);
  CHECK(nero_event_elapsed(moment, ready, &milliseconds, error) == NERO_ERROR_DEVICE && error.says("no clock"));
  CHECK(nero_event_elapsed(ready, moment, &milliseconds, error) == NERO_ERROR_DEVICE);
  CHECK(nero_context_destroy(cuda, error) == NERO_ERROR_SEQUENCE && error.says("2 events"));
  for (nero_event *event : {ready, start, moment}) CHECK(nero_event_destroy(event, nullptr) == NERO_OK);
  CHECK(nero_memory_free(other, copied, nullptr) == NERO_OK && nero_memory_free(cuda, device, nullptr) == NERO_OK);
  CHECK(nero_memory_free_host(cuda, pinned, nullptr) == NERO_OK);
  CHECK(nero_context_destroy(other, nullptr) == NERO_OK);
}

/// A stream that the library did not make, where the program can make one: with the runtime inside the library it
/// cannot.
void a_callers_stream_is_waited_for(nero_context *cuda) {
  using MakeStream = int (*)(void **, unsigned);
  const auto make = reinterpret_cast<MakeStream>(dlsym(RTLD_DEFAULT, "cudaStreamCreateWithFlags"));
  if (make == nullptr) return;
  nero_context_options options{};
  options.struct_size = sizeof options;
  options.device_kind = NERO_DEVICE_CUDA;
  CHECK(make(&options.stream, 1) == 0);
  nero_context *callers = nullptr;
  CHECK(nero_context_create(&options, &callers, nullptr) == NERO_OK);
  const std::vector<float> values(1000, 6);
  std::vector<float> got(1000);
  void *device = nullptr;
  CHECK(nero_memory_allocate(cuda, 4000, &device, nullptr) == NERO_OK);
  CHECK(nero_memory_copy_async(callers, device, values.data(), 4000, NERO_COPY_HOST_TO_DEVICE, nullptr) == NERO_OK);
  CHECK(nero_context_wait_stream(cuda, options.stream, nullptr) == NERO_OK);
  CHECK(nero_memory_copy(cuda, got.data(), device, 4000, NERO_COPY_DEVICE_TO_HOST, nullptr) == NERO_OK);
  CHECK(got == values);
  CHECK(nero_memory_free(cuda, device, nullptr) == NERO_OK);
  CHECK(nero_context_destroy(callers, nullptr) == NERO_OK);
}

/// Every way that a row is dealt, and the seams between them.
void every_fan_in(nero_context *cpu, nero_context *cuda) {
  const int64_t fan_ins[] = {1,    2,    3,    4,    31,   63,    64,    65,    127,
                             1000, 1023, 1024, 1025, 4097, 16383, 16384, 16385, 100000};
  for (const int kind : {NERO_KIND_NERO, NERO_KIND_ADAM, NERO_KIND_LAMB}) {
    for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
      std::vector<nero_parameter> host, device;
      std::vector<std::vector<float>> values;
      std::vector<void *> blocks;
      values.reserve(1000);
      std::mt19937 random(3);
      std::normal_distribution<float> normal;
      for (const int64_t fan_in : fan_ins) {
        for (const int64_t neurons : {int64_t{1}, fan_in < 2000 ? int64_t{67} : int64_t{2}}) {
          nero_parameter p = shaped(layout, neurons, fan_in);
          nero_parameter d = p;
          for (int k = 0; k < 2; k++) {
            values.emplace_back(static_cast<size_t>(neurons * fan_in));
            for (float &x : values.back()) x = normal(random);
            void *block = nullptr;
            nero_memory_allocate(cuda, p.weights_bytes, &block, nullptr);
            nero_memory_copy(cuda, block, values.back().data(), p.weights_bytes, NERO_COPY_HOST_TO_DEVICE, nullptr);
            blocks.push_back(block);
            if (k == 0) p.weights = values.back().data(), d.weights = static_cast<float *>(block);
            if (k == 1) p.gradients = values.back().data(), d.gradients = static_cast<float *>(block);
          }
          host.push_back(p);
          device.push_back(d);
        }
      }
      Shapes::of_this_process().add(device);
      nero_optimizer_options options = options_of(kind);
      options.degenerate = NERO_DEGENERATE_EXEMPT;
      options.constraint = NERO_CONSTRAINT_BALANCED;
      Message error;
      nero_optimizer *a = make_optimizer(cpu, kind, host, &options, error);
      nero_optimizer *b = make_optimizer(cuda, kind, device, &options, error);
      CHECK(a != nullptr && b != nullptr);
      CHECK(step(a) == NERO_OK && step(b) == NERO_OK);
      for (size_t i = 0; i < host.size(); i++) {
        std::vector<float> got(static_cast<size_t>(host[i].neurons * host[i].fan_in));
        nero_memory_copy(cuda, got.data(), device[i].weights, got.size() * 4, NERO_COPY_DEVICE_TO_HOST, nullptr);
        double error_now = 0, largest = 0;
        for (size_t k = 0; k < got.size(); k++) {
          error_now = std::fmax(error_now, std::fabs(static_cast<double>(got[k] - host[i].weights[k])));
          largest = std::fmax(largest, std::fabs(static_cast<double>(host[i].weights[k])));
        }
        // Of very few weights some are nearly equal by chance, and centring takes their digits away.
        const double bound = host[i].fan_in > 8 ? 1e-6 : 1e-4;
        if (!(error_now <= bound * largest)) {
          nero_failures++;
          std::fprintf(stderr, "kind %d layout %d, %lld x %lld: off by %g of %g\n", kind, layout,
                       (long long)host[i].neurons, (long long)host[i].fan_in, error_now, largest);
        }
      }
      nero_optimizer_destroy(a, nullptr);
      nero_optimizer_destroy(b, nullptr);
      for (void *block : blocks) nero_memory_free(cuda, block, nullptr);
    }
  }
}

}  // namespace

int main() {
  Message error;
  nero_context *cuda = make_cuda_context(error);
  if (cuda == nullptr) {
    std::printf("no CUDA device, real or emulated: %s\n", error.error.message);
    return 0;
  }
  nero_context *cpu = make_context(1);
  replays_are_steps(cuda);
  state_is_resumed(cuda);
  stateless_steps_are_steps(cuda);
  mistakes_are_told(cuda);
  memory_is_the_devices(cuda);
  memory_given_out_is_ready_on_every_stream(cuda);
  events_order_streams_and_tell_time(cpu, cuda);
  a_callers_stream_is_waited_for(cuda);
  every_fan_in(cpu, cuda);
  CHECK(nero_context_destroy(cuda, nullptr) == NERO_OK);
  nero_context_destroy(cpu, nullptr);
  return nero_failures != 0;
}
