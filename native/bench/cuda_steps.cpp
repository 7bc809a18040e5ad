// Steps on a CUDA device, timed by its own events: a section of a Markdown page, on standard output. On the emulated
// device of the tests the same steps are taken over small tensors, and no time is told.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "check.h"
#include "cuda_kinds.h"
#include "cuda_nets.h"

namespace {

bool fine(cudaError_t status) {
  if (status == cudaSuccess) return true;
  nero_failures++;
  std::fprintf(stderr, "%s\n", cudaGetErrorString(status));
  return false;
}

/// Microseconds between two points of a stream.
class Watch {
 public:
  explicit Watch(cudaStream_t stream) : stream_(stream) {
    fine(cudaEventCreate(&from_));
    fine(cudaEventCreate(&to_));
  }
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;
  ~Watch() {
    cudaEventDestroy(from_);
    cudaEventDestroy(to_);
  }

  template <class Work>
  double time(int count, const Work &work) {
    fine(cudaEventRecord(from_, stream_));
    for (int i = 0; i < count; i++) work();
    fine(cudaEventRecord(to_, stream_));
    fine(cudaEventSynchronize(to_));
    float milliseconds = 0;
    fine(cudaEventElapsedTime(&milliseconds, from_, to_));
    return static_cast<double>(milliseconds) * 1e3 / count;
  }

  /// The median of seven rounds of about 20 ms each, behind one that warms up.
  template <class Work>
  double median(bool measures, const Work &work) {
    const double first = time(3, work);
    if (!measures) return first;
    const int count = static_cast<int>(std::min(1000.0, std::max(3.0, 2e4 / std::max(first, 1.0))));
    std::vector<double> rounds;
    for (int i = 0; i < 7; i++) rounds.push_back(time(count, work));
    std::sort(rounds.begin(), rounds.end());
    return rounds[3];
  }

 private:
  cudaStream_t stream_;
  cudaEvent_t from_ = nullptr, to_ = nullptr;
};

/// A net's tensors in device memory, filled with repeated normal values.
class DeviceNet {
 public:
  DeviceNet(nero_context *context, const Net &net) : context_(context) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(1 << 20);
    for (float &x : values) x = normal(random);
    for (const Layers &l : net.layers) {
      for (int64_t i = 0; i < l.count; i++) {
        nero_parameter p{};
        p.struct_size = sizeof p;
        p.layout = NERO_ROWS;
        p.neurons = l.neurons;
        p.fan_in = l.fan_in;
        p.learning_rate_factor = p.weight_decay_factor = 1;
        p.weights_bytes = p.gradients_bytes = static_cast<uint64_t>(l.neurons * l.fan_in) * 4;
        p.weights = filled(values, p.weights_bytes);
        p.gradients = filled(values, p.gradients_bytes);
        parameters.push_back(p);
      }
    }
  }
  DeviceNet(const DeviceNet &) = delete;
  DeviceNet &operator=(const DeviceNet &) = delete;
  ~DeviceNet() {
    for (void *block : blocks_) nero_memory_free(context_, block, nullptr);
  }

  std::vector<nero_parameter> parameters;

 private:
  float *filled(const std::vector<float> &values, uint64_t bytes) {
    void *block = nullptr;
    CHECK(nero_memory_allocate(context_, bytes, &block, nullptr) == NERO_OK);
    if (block == nullptr) return nullptr;
    blocks_.push_back(block);
    for (uint64_t at = 0; at < bytes; at += values.size() * 4) {
      const uint64_t part = std::min<uint64_t>(values.size() * 4, bytes - at);
      CHECK(nero_memory_copy(context_, static_cast<char *>(block) + at, values.data(), part, NERO_COPY_HOST_TO_DEVICE,
                             nullptr) == NERO_OK);
    }
    return static_cast<float *>(block);
  }

  nero_context *context_;
  std::vector<void *> blocks_;
};

struct Bench {
  nero_context *context;
  Watch watch;
  bool measures;     ///< else only the steps are taken
  double bandwidth;  ///< bytes a second of the card's memory; 0: unknown

  void step(const Net &net, const CudaKind &kind, const CudaCost &cost) {
    DeviceNet model(context, net);
    const nero_optimizer_options options = options_of(kind.kind);
    nero_optimizer *optimizer = nullptr;
    nero_graph *graph = nullptr;
    nero_error error{};
    error.struct_size = sizeof error;
    if (nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind.kind), kind.hyper, &options,
                              model.parameters.data(), static_cast<int64_t>(model.parameters.size()), &optimizer,
                              &error) != NERO_OK ||
        nero_optimizer_capture(optimizer, &graph, &error) != NERO_OK) {
      nero_failures++;
      std::printf("| %s | %s | failed: %s |\n", cost.name, net.name, error.message);
      nero_optimizer_destroy(optimizer, nullptr);
      return;
    }
    const nero_step_args args{sizeof args, 0, 1e-4, 1};
    int64_t steps = 0;
    const double eager = watch.median(measures, [&] {
      steps++;
      CHECK(nero_optimizer_step(optimizer, &args, nullptr, nullptr) == NERO_OK);
    });
    const double replayed = watch.median(measures, [&] {
      steps++;
      CHECK(nero_graph_replay(graph, &args, nullptr) == NERO_OK);
    });
    nero_step_report report{};
    report.struct_size = sizeof report;
    CHECK(nero_optimizer_report(optimizer, &report, nullptr) == NERO_OK);
    CHECK(report.step == steps);
    const double bytes = net.weights() * cost.memory;
    if (!measures) {
      std::printf("| %s | %s | %.0f | %lld steps taken |\n", cost.name, net.name, net.weights(), (long long)steps);
    } else {
      const double best = std::min(eager, replayed);
      std::printf("| %s | %s | %.0f | %.1f | %.1f | %.0f |", cost.name, net.name, net.weights(), eager, replayed,
                  bytes / best / 1e3);
      if (bandwidth > 0) {
        std::printf(" %.0f %% | %.1f |\n", 100 * bytes / (best * 1e-6) / bandwidth, bytes / bandwidth * 1e6);
      } else {
        std::printf(" unknown | unknown |\n");
      }
    }
    CHECK(nero_graph_destroy(graph, nullptr) == NERO_OK);
    CHECK(nero_optimizer_destroy(optimizer, nullptr) == NERO_OK);
  }
};

double copy_bandwidth(Watch &watch, cudaStream_t stream) {
  const size_t bytes = size_t{256} << 20;
  void *from = nullptr, *to = nullptr;
  double microseconds = 0;
  if (fine(cudaMalloc(&from, bytes)) && fine(cudaMalloc(&to, bytes))) {
    microseconds =
        watch.median(true, [&] { fine(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream)); });
  }
  cudaFree(from);
  cudaFree(to);
  return microseconds > 0 ? 2 * static_cast<double>(bytes) / (microseconds * 1e-6) : 0;
}

int attribute(cudaDeviceAttr which) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, 0) == cudaSuccess ? value : 0;
}

}  // namespace

int main() {
  cudaDeviceProp card{};
  int driver = 0, runtime = 0;
  const cudaError_t status = cudaGetDeviceProperties(&card, 0);
  if (status != cudaSuccess) {
    std::printf("no CUDA device: %s\n", cudaGetErrorString(status));
    return 0;
  }
  const bool emulated = std::strncmp(card.name, "PTX emulator", 12) == 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  cudaStream_t stream = nullptr;
  if (!fine(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking))) return 1;
  nero_context_options options{};
  options.struct_size = sizeof options;
  options.device_kind = NERO_DEVICE_CUDA;
  options.stream = stream;
  nero_context *context = nullptr;
  CHECK(nero_context_create(&options, &context, nullptr) == NERO_OK);
  if (context == nullptr) return 1;
  {
    // Kilohertz, bits, and two transfers a clock.
    const double bandwidth =
        2e3 * attribute(cudaDevAttrMemoryClockRate) * attribute(cudaDevAttrGlobalMemoryBusWidth) / 8;
    Bench bench{context, Watch(stream), !emulated, emulated ? 0 : bandwidth};
    std::printf(
        "Ground: %s. Card: %s, compute capability %d.%d, %d multiprocessors, %.1f GiB. Driver of CUDA %d.%d, "
        "runtime %d.%d.\n\n",
        emulated ? "PTX emulation" : "GPU", card.name, card.major, card.minor, card.multiProcessorCount,
        static_cast<double>(card.totalGlobalMem) / (1 << 30), driver / 1000, driver % 1000 / 10, runtime / 1000,
        runtime % 1000 / 10);
    if (emulated) {
      std::printf(
          "An interpreter's times mean nothing: they are left out, and the tensors are small.\n\n"
          "| optimiser | model | weights | |\n|---|---|---|---|\n");
    } else {
      std::printf(
          "Bandwidth of the card's memory by its clock and bus: %.0f GB/s; of a copy inside it, read and "
          "written: %.0f GB/s.\n"
          "A step's time is between two events around many, the median of seven rounds; tensors that fit the "
          "cache come from it.\n"
          "GB/s: the bytes that a step must move, as docs/roofline.md counts them, in the shorter of the two "
          "times. On paper:\n"
          "those bytes at the memory's bandwidth.\n\n"
          "| optimiser | model | weights | step, us | replay, us | GB/s | of the memory's | on paper, us |\n"
          "|---|---|---|---|---|---|---|---|\n",
          bandwidth / 1e9, copy_bandwidth(bench.watch, stream) / 1e9);
    }
    const std::vector<Net> nets =
        emulated ? std::vector<Net>{{"40 x 300 and 3 x 20000", {{1, 40, 300}, {1, 3, 20000}}}} : cuda_nets();
    const CudaKinds kinds;
    for (const Net &net : nets) {
      const CudaCost *cost = kCudaCosts;
      for (const CudaKind &kind : kinds.list) bench.step(net, kind, *cost++);
    }
  }
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
  fine(cudaStreamDestroy(stream));
  return nero_failures != 0;
}
