// Steps beside their floors, round by round on the same buffers, threads and pages, so that what disturbs the machine
// disturbs both. The floors are the benchmark's (floor.h).
//
//   nero4j_ratio [rounds=15] [against=LIBRARY] KIND THREADS SHAPE...
//
// KIND: nero sgd momentum adam lamb madam fromage lars, or all. SHAPE: 784x784, c:4096x1024 (columns), 3000*1x3500 (so
// many parameters; v: vectors), or a set: mlp vgg11 resnet18. SHAPE/SHAPE: a step of one beside a step of the other,
// instead of its floor. against: the same step by another build of the library, over the same weights and gradients,
// instead of its floor: where a machine changes within seconds, runs one behind the other tell nothing.
#include <dlfcn.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "floor.h"
#include "nero/nero.h"

namespace {

struct Kind {
  const char *name;
  int kind;
  int bytes;
  int buffers;  ///< of state
  nero_floor_kind floor;
};

const Kind kKinds[] = {
    {"nero", NERO_KIND_NERO, 12, 0, NERO_FLOOR_AXPY},
    {"sgd", NERO_KIND_SGD, 12, 0, NERO_FLOOR_AXPY},
    {"momentum", NERO_KIND_SGD, 20, 1, NERO_FLOOR_MOMENTUM},
    {"adam", NERO_KIND_ADAM, 28, 2, NERO_FLOOR_ADAM},
    {"lamb", NERO_KIND_LAMB, 40, 2, NERO_FLOOR_LAMB},
    {"madam", NERO_KIND_MADAM, 20, 1, NERO_FLOOR_MOMENTUM},
    {"fromage", NERO_KIND_FROMAGE, 20, 0, NERO_FLOOR_NORMS_AXPY},
    {"lars", NERO_KIND_LARS, 28, 1, NERO_FLOOR_NORMS_MOMENTUM},
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
    for (const auto &c : convolutions) append(all, 1, c[0], c[1]);
    const int64_t linear[][2] = {{4096, 512}, {4096, 4096}, {10, 4096}};
    for (const auto &l : linear) {
      append(all, 1, l[0], l[1]);
      all.push_back({NERO_VECTOR, l[0], 1});
    }
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

nero_context *make_context(decltype(&nero_context_create) create, int threads) {
  nero_error error{};
  error.struct_size = sizeof error;
  nero_context_options options{};
  options.struct_size = sizeof options;
  options.threads = threads;
  nero_context *context = nullptr;
  require(create(&options, &context, &error), error);
  return context;
}

nero_optimizer *make_optimizer(decltype(&nero_optimizer_create) create, nero_context *context, const Kind &kind,
                               const std::vector<nero_parameter> &table) {
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
  require(create(context, static_cast<nero_optimizer_kind>(kind.kind), hypers[kind.kind], nullptr, table.data(),
                 static_cast<int64_t>(table.size()), &optimizer, &error),
          error);
  return optimizer;
}

void take(decltype(&nero_optimizer_step) step, nero_optimizer *optimizer) {
  nero_error error{};
  error.struct_size = sizeof error;
  const nero_step_args args{sizeof args, 0, 1e-7, 1};
  require(step(optimizer, &args, nullptr, &error), error);
}

/// An optimiser with all that it steps.
class Model {
 public:
  Model(const Kind &kind, int threads, const std::string &text) : kind_(kind), text_(text) {
    context_ = make_context(nero_context_create, threads);
    const std::vector<Shape> shapes = shapes_of(text);
    // Tensors one behind another, each on a cache line.
    int64_t count = 0;
    for (const Shape &s : shapes) {
      count += (s.neurons * s.fan_in + 15) / 16 * 16;
      weights_ += s.neurons * s.fan_in;
      ends_.push_back(count);
    }
    w_ = allocate(context_, count);
    g_ = allocate(context_, count);
    m_ = kind.buffers > 0 ? allocate(context_, count) : nullptr;
    v_ = kind.buffers > 1 ? allocate(context_, count) : nullptr;
    std::minstd_rand random(1);
    for (float *buffer : {w_, g_}) {
      for (int64_t i = 0; i < count; i++) buffer[i] = static_cast<float>(random() % 65536) / 65536 - 0.5f;
    }
    int64_t at = 0;
    for (const Shape &s : shapes) {
      nero_parameter p{};
      p.struct_size = sizeof p;
      p.layout = s.layout;
      p.neurons = s.neurons;
      p.fan_in = s.fan_in;
      p.weights = w_ + at;
      p.gradients = g_ + at;
      p.weights_bytes = p.gradients_bytes = static_cast<uint64_t>(s.neurons * s.fan_in) * 4;
      p.learning_rate_factor = 1;
      p.weight_decay_factor = 1;
      at = ends_[table_.size()];
      table_.push_back(p);
    }
    optimizer_ = make_optimizer(nero_optimizer_create, context_, kind, table_);
    team_ = nero_floor_team(threads);
  }
  ~Model() {
    nero_floor_close(team_);
    nero_optimizer_destroy(optimizer_, nullptr);
    for (float *buffer : {w_, g_, m_, v_}) {
      if (buffer != nullptr) nero_memory_free(context_, buffer, nullptr);
    }
    nero_context_destroy(context_, nullptr);
  }
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  const std::string &text() const { return text_; }
  int64_t weights() const { return weights_; }
  double traffic() const { return kind_.bytes * static_cast<double>(weights_); }
  double buffers() const { return static_cast<double>(2 + 2 * kind_.buffers) * static_cast<double>(ends_.back()) * 4; }
  const std::vector<nero_parameter> &table() const { return table_; }
  void step() { take(nero_optimizer_step, optimizer_); }
  void floor() {
    const nero_floor_buffers buffers = {w_, g_, m_, v_};
    nero_floor_run(team_, kind_.floor, &buffers, ends_.data(), static_cast<int64_t>(ends_.size()));
  }

 private:
  const Kind &kind_;
  std::string text_;
  std::vector<nero_parameter> table_;
  nero_context *context_ = nullptr;
  nero_optimizer *optimizer_ = nullptr;
  void *team_ = nullptr;
  int64_t weights_ = 0;
  std::vector<int64_t> ends_;
  float *w_, *g_, *m_, *v_;
};

/// The step of a model's weights, on its gradients, by another build of the library; state is its own.
class Rival {
 public:
  Rival(const char *path, const Kind &kind, int threads, const Model &model) {
#ifdef RTLD_DEEPBIND
    // Or it would call functions of the library that this program is linked with.
    library_ = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
#else
    library_ = dlopen(path, RTLD_NOW | RTLD_LOCAL);
#endif
    if (library_ == nullptr) fail();
    context_ = make_context(find("nero_context_create", nero_context_create), threads);
    optimizer_ = make_optimizer(find("nero_optimizer_create", nero_optimizer_create), context_, kind, model.table());
    step_ = find("nero_optimizer_step", nero_optimizer_step);
  }
  ~Rival() {
    find("nero_optimizer_destroy", nero_optimizer_destroy)(optimizer_, nullptr);
    find("nero_context_destroy", nero_context_destroy)(context_, nullptr);
    dlclose(library_);
  }
  Rival(const Rival &) = delete;
  Rival &operator=(const Rival &) = delete;

  void step() { take(step_, optimizer_); }

 private:
  /// Its function of this name and kind.
  template <class Function>
  Function *find(const char *name, Function *) {
    void *found = dlsym(library_, name);
    if (found == nullptr) fail();
    return reinterpret_cast<Function *>(found);
  }
  static void fail() {
    std::fprintf(stderr, "against: %s\n", dlerror());
    std::exit(2);
  }

  void *library_ = nullptr;
  nero_context *context_ = nullptr;
  nero_optimizer *optimizer_ = nullptr;
  decltype(&nero_optimizer_step) step_ = nullptr;
};

/// model's step beside yardstick, which moves so many bytes.
template <class Yardstick>
void compare(const Kind &kind, int threads, Model &model, const char *name, double traffic, int rounds,
             const Yardstick &yardstick) {
  const auto step = [&] { model.step(); };
  const double least = time_of(step, 3);
  const int repeat = std::max(1, static_cast<int>(20e-3 / least));
  time_of(step, repeat);
  time_of(yardstick, repeat);
  std::vector<double> steps, others, ratios;
  for (int i = 0; i < rounds; i++) {
    // The first run of a turn finds the caches as the other left them, and another team asleep: it is not timed.
    step();
    steps.push_back(time_of(step, repeat));
    yardstick();
    others.push_back(time_of(yardstick, repeat));
    ratios.push_back(steps.back() / others.back());
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "%-9s %-16s %d  step %10.2f us %7.4f ns/weight %6.1f GB/s  %s %6.1f GB/s  x %6.3f (%.3f .. %.3f) best %.3f, "
      "peak RSS %.2f of all buffers\n",
      kind.name, model.text().c_str(), threads, quantile(steps, 0.5) * 1e6,
      quantile(steps, 0.5) * 1e9 / static_cast<double>(model.weights()), model.traffic() / quantile(steps, 0.5) * 1e-9,
      name, traffic / quantile(others, 0.5) * 1e-9, quantile(ratios, 0.5), quantile(ratios, 0.25),
      quantile(ratios, 0.75), quantile(steps, 0) / quantile(others, 0),
      static_cast<double>(usage.ru_maxrss) * 1024 / model.buffers());
  std::fflush(stdout);
}

void compare(const Kind &kind, int threads, const std::string &text, int rounds, const char *against) {
  const size_t slash = text.find('/');
  if (against != nullptr && slash != std::string::npos) {
    std::fprintf(stderr, "a step is held either against another library or another shape: %s\n", text.c_str());
    std::exit(2);
  }
  Model model(kind, threads, text.substr(0, slash));
  if (against != nullptr) {
    Rival rival(against, kind, threads, model);
    compare(kind, threads, model, "against", model.traffic(), rounds, [&] { rival.step(); });
    return;
  }
  if (slash == std::string::npos) {
    compare(kind, threads, model, "floor", model.traffic(), rounds, [&] { model.floor(); });
    return;
  }
  Model other(kind, threads, text.substr(slash + 1));
  compare(kind, threads, model, other.text().c_str(), other.traffic(), rounds, [&] { other.step(); });
}

}  // namespace

int main(int count, char **arguments) {
  int at = 1;
  int rounds = 15;
  if (at < count && std::strncmp(arguments[at], "rounds=", 7) == 0) rounds = std::atoi(arguments[at++] + 7);
  const char *against = nullptr;
  if (at < count && std::strncmp(arguments[at], "against=", 8) == 0) against = arguments[at++] + 8;
  if (count - at < 3 || rounds < 1) {
    std::fprintf(stderr, "nero4j_ratio [rounds=15] [against=LIBRARY] KIND|all THREADS SHAPE...\n");
    return 2;
  }
  const std::string kind = arguments[at++];
  const int threads = std::atoi(arguments[at++]);
  std::printf("medians of %d rounds, step and yardstick in turn; quartiles of their ratio; the best of each\n", rounds);
  for (; at < count; at++) {
    for (const Kind &k : kKinds) {
      if (kind == "all" || kind == k.name) compare(k, threads, arguments[at], rounds, against);
    }
  }
  return 0;
}
