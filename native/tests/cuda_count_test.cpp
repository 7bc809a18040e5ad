// What a step costs, counted under PTX emulation: launches, and the bytes of device memory that its threads ask for.
#include <dlfcn.h>

#include "check.h"
#include "cuda_kinds.h"
#include "cuda_model.h"

namespace {

using Counter = unsigned long long (*)(const char *, const char *);

/// Counters since the last reset. The emulator's own run on: its report tells what the whole test covered.
struct Counts {
  Counter counter = reinterpret_cast<Counter>(dlsym(RTLD_DEFAULT, "ptxemuCounter"));
  std::map<std::string, unsigned long long> before;

  void reset() {
    for (const char *what : {"launches", "global_read_bytes", "global_written_bytes", "global_read_vectors",
                             "global_written_vectors", "local_bytes", "faults"}) {
      before[what] = counter(nullptr, what);
    }
  }
  double of(const char *what) const { return static_cast<double>(counter(nullptr, what) - before.at(what)); }
};

struct Shape {
  nero_layout layout;
  int64_t neurons, fan_in;
};

/// A model of some shapes, and an optimiser over it that has taken a step.
struct Stepped {
  std::vector<void *> blocks;
  std::vector<nero_parameter> parameters;
  nero_optimizer *optimizer = nullptr;
  nero_context *context;
  double weights = 0;

  Stepped(nero_context *on, int kind, const void *hyper, const std::vector<Shape> &shapes,
          nero_non_finite policy = NERO_NON_FINITE_SKIP_NEURON)
      : context(on) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (const Shape &s : shapes) {
      nero_parameter p = shaped(s.layout, s.neurons, s.fan_in);
      std::vector<float> values(static_cast<size_t>(s.neurons * s.fan_in));
      for (float &x : values) x = normal(random);
      weights += static_cast<double>(values.size());
      void *at[2];
      for (void *&block : at) {
        nero_memory_allocate(context, p.weights_bytes, &block, nullptr);
        nero_memory_copy(context, block, values.data(), p.weights_bytes, NERO_COPY_HOST_TO_DEVICE, nullptr);
        blocks.push_back(block);
      }
      p.weights = static_cast<float *>(at[0]);
      p.gradients = static_cast<float *>(at[1]);
      parameters.push_back(p);
    }
    Shapes::of_this_process().add(parameters);
    nero_optimizer_options options = options_of(kind);
    options.non_finite = policy;
    CHECK(nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind), hyper, &options, parameters.data(),
                                static_cast<int64_t>(parameters.size()), &optimizer, nullptr) == NERO_OK);
    CHECK(step(optimizer) == NERO_OK);
  }
  Stepped(const Stepped &) = delete;
  Stepped &operator=(const Stepped &) = delete;
  ~Stepped() {
    nero_optimizer_destroy(optimizer, nullptr);
    for (void *block : blocks) nero_memory_free(context, block, nullptr);
  }
};

void launches_and_bytes(nero_context *cuda, Counts &counts) {
  const CudaKinds kinds;
  std::printf("| optimiser | launches a step | bytes a weight, by 16 |\n|---|---|---|\n");
  const CudaKind *k = kinds.list.data();
  for (const CudaCost &cost : kCudaCosts) {
    // Many tensors, of all ways but long rows, still take as many launches.
    Stepped many(cuda, k->kind, k->hyper,
                 {{NERO_ROWS, 100, 27}, {NERO_COLUMNS, 70, 300}, {NERO_VECTOR, 1000, 1}, {NERO_ROWS, 3, 16384}});
    counts.reset();
    step(many.optimizer);
    const double launches = counts.of("launches");
    Stepped one(cuda, k->kind, k->hyper, {{NERO_ROWS, 64, 16384}});
    counts.reset();
    step(one.optimizer);
    const double bytes = (counts.of("global_read_bytes") + counts.of("global_written_bytes")) / one.weights;
    const double vectors = (counts.of("global_read_vectors") + counts.of("global_written_vectors")) * 16 / one.weights;
    std::printf("| %s | %.0f | %.2f |\n", cost.name, launches, vectors);
    CHECK(launches == cost.launches);
    CHECK(std::fabs(vectors - cost.asked) < 0.01);
    // Every thread looks up its tile and the table, which a warp fetches once but each thread asks for.
    CHECK(bytes <= vectors + 1.5 * launches);
    CHECK(counts.of("local_bytes") == 0 && counts.of("faults") == 0);
    k++;
  }
}

void launches_of_what_is_asked_for(nero_context *cuda, Counts &counts) {
  const Hypers all;
  Stepped skipping(cuda, NERO_KIND_NERO, &all.nero, {{NERO_ROWS, 10, 100}}, NERO_NON_FINITE_SKIP_STEP);
  counts.reset();
  step(skipping.optimizer);
  CHECK(counts.of("launches") == 2);
  Stepped longer(cuda, NERO_KIND_NERO, &all.nero, {{NERO_ROWS, 2, 16385}});
  counts.reset();
  step(longer.optimizer);
  CHECK(counts.of("launches") == 2);
  nero_graph *graph = nullptr;
  CHECK(nero_optimizer_capture(longer.optimizer, &graph, nullptr) == NERO_OK);
  counts.reset();
  const nero_step_args args{sizeof args, 0, 0.01, 1};
  CHECK(nero_graph_replay(graph, &args, nullptr) == NERO_OK);
  CHECK(counts.of("launches") == 3);  // one to set the terms
  nero_graph_destroy(graph, nullptr);
}

}  // namespace

int main() {
  nero_context *cuda = make_cuda_context();
  Counts counts;
  if (cuda == nullptr || counts.counter == nullptr) {
    std::printf("nothing is counted: this is not the emulated library\n");
    return 0;
  }
  launches_and_bytes(cuda, counts);
  launches_of_what_is_asked_for(cuda, counts);
  nero_context_destroy(cuda, nullptr);
  return nero_failures != 0;
}
