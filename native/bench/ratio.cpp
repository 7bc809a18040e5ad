// Steps beside their floors, round by round on the same buffers, threads and pages, so that what disturbs the machine
// disturbs both. The floor is a loop that moves the bytes that the step must move, with as little arithmetic as that
// needs, dealt to threads as the step is.
//
//   nero4j_ratio [rounds=15] KIND THREADS SHAPE...
//
// KIND: nero sgd momentum adam lamb madam fromage lars, or all. SHAPE: 784x784, c:4096x1024 (columns), 3000*1x3500 (so
// many parameters; v: vectors), or a set: mlp vgg11 resnet18.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "cpu/team.h"
#include "nero/nero.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define BEST_LEVEL __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define BEST_LEVEL
#endif

namespace {

struct Streams {
  float *w;
  const float *g;
  float *m;
  float *v;
  int64_t count;
};

float sink;

BEST_LEVEL void axpy(float *w, const float *g, int64_t n) {
  for (int64_t i = 0; i < n; i++) w[i] -= 1e-9f * g[i];
}

BEST_LEVEL void three(float *w, const float *g, float *m, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    w[i] -= 1e-9f * m[i];
  }
}

BEST_LEVEL void four(float *w, const float *g, float *m, float *v, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    v[i] = 0.9f * v[i] + g[i];
    w[i] -= 1e-9f * m[i];
  }
}

BEST_LEVEL void moments(const float *w, const float *g, float *m, float *v, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + g[i];
    v[i] = 0.9f * v[i] + w[i];
  }
}

BEST_LEVEL void moved(float *w, const float *m, const float *v, int64_t n) {
  for (int64_t i = 0; i < n; i++) w[i] -= 1e-9f * m[i] + 1e-9f * v[i];
}

BEST_LEVEL float read(const float *w, const float *g, int64_t n) {
  float lane[64] = {};
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    for (int k = 0; k < 64; k++) lane[k] += w[i + k] + g[i + k];
  }
  return lane[0];
}

constexpr int64_t kRange = 32768;

template <void (*kLoop)(const Streams &, int64_t at, int64_t n)>
void deal(nero::Team &team, Streams &s) {
  const auto task = [](void *argument, int64_t i) {
    const Streams &of = *static_cast<Streams *>(argument);
    kLoop(of, i * kRange, std::min(kRange, of.count - i * kRange));
  };
  team.run((s.count + kRange - 1) / kRange, task, &s);
}

void loop_axpy(const Streams &s, int64_t at, int64_t n) { axpy(s.w + at, s.g + at, n); }
void loop_three(const Streams &s, int64_t at, int64_t n) { three(s.w + at, s.g + at, s.m + at, n); }
void loop_four(const Streams &s, int64_t at, int64_t n) { four(s.w + at, s.g + at, s.m + at, s.v + at, n); }
void loop_moments(const Streams &s, int64_t at, int64_t n) { moments(s.w + at, s.g + at, s.m + at, s.v + at, n); }
void loop_moved(const Streams &s, int64_t at, int64_t n) { moved(s.w + at, s.m + at, s.v + at, n); }
void loop_read(const Streams &s, int64_t at, int64_t n) {
  if (read(s.w + at, s.g + at, n) == 12345.0f) sink = 1;
}

struct Kind {
  const char *name;
  int kind;
  int bytes;
  int buffers;  ///< of state
  void (*floor)(nero::Team &, Streams &);
};

const Kind kKinds[] = {
    {"nero", NERO_KIND_NERO, 12, 0, deal<loop_axpy>},
    {"sgd", NERO_KIND_SGD, 12, 0, deal<loop_axpy>},
    {"momentum", NERO_KIND_SGD, 20, 1, deal<loop_three>},
    {"adam", NERO_KIND_ADAM, 28, 2, deal<loop_four>},
    {"lamb", NERO_KIND_LAMB, 40, 2,
     [](nero::Team &team, Streams &s) {
       deal<loop_moments>(team, s);
       deal<loop_moved>(team, s);
     }},
    {"madam", NERO_KIND_MADAM, 20, 1, deal<loop_three>},
    {"fromage", NERO_KIND_FROMAGE, 20, 0,
     [](nero::Team &team, Streams &s) {
       deal<loop_read>(team, s);
       deal<loop_axpy>(team, s);
     }},
    {"lars", NERO_KIND_LARS, 28, 1,
     [](nero::Team &team, Streams &s) {
       deal<loop_read>(team, s);
       deal<loop_three>(team, s);
     }},
};

struct Shape {
  nero_layout layout;
  int64_t neurons, fan_in;
};

void append(std::vector<Shape> &all, int times, int64_t neurons, int64_t fan_in) {
  for (int i = 0; i < times; i++) all.push_back({NERO_ROWS, neurons, fan_in});
}

/// Two vectors, of gains and of biases.
void append_norm(std::vector<Shape> &all, int64_t neurons) {
  for (int i = 0; i < 2; i++) all.push_back({NERO_VECTOR, neurons, 1});
}

std::vector<Shape> shapes_of(const std::string &text) {
  std::vector<Shape> all;
  if (text == "mlp") {
    // The 100 layers of "Learning by Turning", figure 3.
    for (int i = 0; i < 100; i++) {
      append(all, 1, i < 99 ? 784 : 10, 784);
      all.push_back({NERO_VECTOR, i < 99 ? 784 : 10, 1});
    }
  } else if (text == "vgg11") {
    const int64_t convolutions[][2] = {{64, 27},    {128, 576},  {256, 1152}, {256, 2304},
                                       {512, 2304}, {512, 4608}, {512, 4608}, {512, 4608}};
    for (const auto &c : convolutions) {
      append(all, 1, c[0], c[1]);
      append_norm(all, c[0]);
    }
    append(all, 1, 10, 512);
    all.push_back({NERO_VECTOR, 10, 1});
  } else if (text == "resnet18") {
    append(all, 1, 64, 27);
    append_norm(all, 64);
    int64_t before = 64;
    for (int64_t width = 64; width <= 512; width *= 2) {
      append(all, 1, width, before * 9);
      append(all, 3, width, width * 9);
      for (int i = 0; i < 4; i++) append_norm(all, width);
      if (before != width) {
        append(all, 1, width, before);
        append_norm(all, width);
      }
      before = width;
    }
    append(all, 1, 10, 512);
    all.push_back({NERO_VECTOR, 10, 1});
  } else {
    const char *at = text.c_str();
    nero_layout layout = NERO_ROWS;
    if (std::strncmp(at, "c:", 2) == 0) layout = NERO_COLUMNS;
    if (std::strncmp(at, "v:", 2) == 0) layout = NERO_VECTOR;
    if (at[1] == ':') at += 2;
    long long times = 1, neurons = 0, fan_in = 0;
    if (std::sscanf(at, "%lld*%lldx%lld", &times, &neurons, &fan_in) != 3) {
      times = 1;
      if (std::sscanf(at, "%lldx%lld", &neurons, &fan_in) != 2) {
        std::fprintf(stderr, "not a shape: %s\n", text.c_str());
        std::exit(2);
      }
    }
    for (long long i = 0; i < times; i++) all.push_back({layout, neurons, fan_in});
  }
  return all;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

template <class Task>
double time_of(const Task &task, int repeat) {
  const double start = now();
  for (int i = 0; i < repeat; i++) task();
  return (now() - start) / repeat;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

void require(nero_status status, const nero_error &error) {
  if (status == NERO_OK) return;
  std::fprintf(stderr, "%s\n", error.message);
  std::exit(1);
}

float *allocate(nero_context *context, int64_t count) {
  void *address = nullptr;
  nero_error error{};
  error.struct_size = sizeof error;
  require(nero_memory_allocate(context, static_cast<uint64_t>(count) * 4, &address, &error), error);
  return static_cast<float *>(address);
}

nero_optimizer *make(nero_context *context, const Kind &kind, const std::vector<nero_parameter> &table) {
  nero_error error{};
  error.struct_size = sizeof error;
  nero_nero_hyper nero;
  nero_nero_defaults(&nero, nullptr);
  nero_sgd_hyper sgd;
  nero_sgd_defaults(&sgd, nullptr);
  if (std::strcmp(kind.name, "momentum") == 0) sgd.momentum = 0.9;
  nero_adam_hyper adam;
  nero_adam_defaults(&adam, nullptr);
  nero_lamb_hyper lamb;
  nero_lamb_defaults(NERO_LAMB_PAPER, &lamb, nullptr);
  nero_madam_hyper madam;
  nero_madam_defaults(&madam, nullptr);
  nero_fromage_hyper fromage;
  nero_fromage_defaults(&fromage, nullptr);
  nero_lars_hyper lars;
  nero_lars_defaults(NERO_LARS_PAPER, &lars, nullptr);
  const void *hypers[] = {&nero, &sgd, &adam, &lamb, &madam, &fromage, &lars};
  nero_optimizer *optimizer = nullptr;
  require(nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind.kind), hypers[kind.kind], nullptr,
                                table.data(), static_cast<int64_t>(table.size()), &optimizer, &error),
          error);
  return optimizer;
}

void compare(const Kind &kind, int threads, const std::string &text, int rounds) {
  const std::vector<Shape> shapes = shapes_of(text);
  nero_error error{};
  error.struct_size = sizeof error;
  nero_context_options options{};
  options.struct_size = sizeof options;
  options.threads = threads;
  nero_context *context = nullptr;
  require(nero_context_create(&options, &context, &error), error);
  // Tensors one behind another, each on a cache line.
  int64_t count = 0;
  int64_t weights = 0;
  for (const Shape &s : shapes) {
    count += (s.neurons * s.fan_in + 15) / 16 * 16;
    weights += s.neurons * s.fan_in;
  }
  float *w = allocate(context, count);
  float *g = allocate(context, count);
  float *m = kind.buffers > 0 ? allocate(context, count) : nullptr;
  float *v = kind.buffers > 1 ? allocate(context, count) : nullptr;
  std::minstd_rand random(1);
  for (float *buffer : {w, g}) {
    for (int64_t i = 0; i < count; i++) buffer[i] = static_cast<float>(random() % 65536) / 65536 - 0.5f;
  }
  std::vector<nero_parameter> table;
  int64_t at = 0;
  for (const Shape &s : shapes) {
    nero_parameter p{};
    p.struct_size = sizeof p;
    p.layout = s.layout;
    p.neurons = s.neurons;
    p.fan_in = s.fan_in;
    p.weights = w + at;
    p.gradients = g + at;
    p.weights_bytes = p.gradients_bytes = static_cast<uint64_t>(s.neurons * s.fan_in) * 4;
    p.learning_rate_factor = 1;
    p.weight_decay_factor = 1;
    table.push_back(p);
    at += (s.neurons * s.fan_in + 15) / 16 * 16;
  }
  nero_optimizer *optimizer = make(context, kind, table);
  nero::Team team(threads);
  Streams streams{w, g, m, v, count};
  const nero_step_args args{sizeof args, 0, 1e-7, 1};
  const auto step = [&] { require(nero_optimizer_step(optimizer, &args, nullptr, &error), error); };
  const auto floor = [&] { kind.floor(team, streams); };
  const double least = time_of(step, 3);
  const int repeat = std::max(1, static_cast<int>(4e-3 / least));
  time_of(step, repeat);
  time_of(floor, repeat);
  std::vector<double> steps, floors, ratios;
  for (int i = 0; i < rounds; i++) {
    steps.push_back(time_of(step, repeat));
    floors.push_back(time_of(floor, repeat));
    ratios.push_back(steps.back() / floors.back());
  }
  const double traffic = kind.bytes * static_cast<double>(weights);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double held = static_cast<double>(2 + 2 * kind.buffers) * static_cast<double>(count) * 4;
  std::printf(
      "%-9s %-16s %d  step %10.2f us %7.4f ns/weight %6.1f GB/s  floor %6.1f GB/s  x %6.3f (%.3f .. %.3f) best %.3f, "
      "peak RSS %.2f of all buffers\n",
      kind.name, text.c_str(), threads, quantile(steps, 0.5) * 1e6,
      quantile(steps, 0.5) * 1e9 / static_cast<double>(weights), traffic / quantile(steps, 0.5) * 1e-9,
      traffic / quantile(floors, 0.5) * 1e-9, quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75),
      quantile(steps, 0) / quantile(floors, 0), static_cast<double>(usage.ru_maxrss) * 1024 / held);
  std::fflush(stdout);
  nero_optimizer_destroy(optimizer, nullptr);
  for (float *buffer : {w, g, m, v}) {
    if (buffer != nullptr) nero_memory_free(context, buffer, nullptr);
  }
  nero_context_destroy(context, nullptr);
}

}  // namespace

int main(int count, char **arguments) {
  int at = 1;
  int rounds = 15;
  if (at < count && std::strncmp(arguments[at], "rounds=", 7) == 0) rounds = std::atoi(arguments[at++] + 7);
  if (count - at < 3 || rounds < 1) {
    std::fprintf(stderr, "nero4j_ratio [rounds=15] KIND|all THREADS SHAPE...\n");
    return 2;
  }
  const std::string kind = arguments[at++];
  const int threads = std::atoi(arguments[at++]);
  std::printf("medians of %d rounds, step and floor in turn; quartiles of their ratio; the best of each\n", rounds);
  for (; at < count; at++) {
    for (const Kind &k : kKinds) {
      if (kind == "all" || kind == k.name) compare(k, threads, arguments[at], rounds);
    }
  }
  return 0;
}
