// More than 2^31 elements in one parameter, for each optimiser. Some megabytes are mapped over the whole range again
// and again, so that it costs addresses and no memory. Its gradients are not finite, so that its rows are counted and
// left alone, which takes little time; rows at its beginning and behind element 2^31 have pages of their own, and must
// come out as a small tensor of the same rows does.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "check.h"
#include "model.h"

namespace {

constexpr int64_t kFanIn = 1024;
constexpr int64_t kOwn = 16;                          // rows with pages of their own at either end
constexpr int64_t kRows = (int64_t{1} << 21) + kOwn;  // the last of them lie behind element 2^31
constexpr int64_t kShared = int64_t{1} << 25;         // bytes mapped over the rest
constexpr size_t kOwnBytes = kOwn * kFanIn * sizeof(float);
constexpr size_t kBytes = kRows * kFanIn * sizeof(float);

class Buffer {
 public:
  Buffer() {
    void *all = mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return;
    base_ = static_cast<char *>(all);
    const int file = memfd_create("large_test", 0);
    usable_ = file >= 0 && ftruncate(file, kShared) == 0;
    const size_t end = kBytes - kOwnBytes;
    for (size_t at = kOwnBytes; usable_ && at < end; at += kShared) {
      const size_t size = end - at < kShared ? end - at : static_cast<size_t>(kShared);
      usable_ = mmap(base_ + at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED;
    }
    for (const size_t at : {size_t{0}, end}) {
      usable_ = usable_ && mmap(base_ + at, kOwnBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                                -1, 0) != MAP_FAILED;
    }
    if (file >= 0) close(file);
  }
  ~Buffer() {
    if (base_ != nullptr) munmap(base_, kBytes);
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  bool usable() const { return usable_; }
  float *all() const { return reinterpret_cast<float *>(base_); }
  float *shared() const { return reinterpret_cast<float *>(base_ + kOwnBytes); }
  float *last() const { return reinterpret_cast<float *>(base_ + kBytes - kOwnBytes); }
  void clear() const {
    std::memset(base_, 0, kOwnBytes + kShared);
    std::memset(last(), 0, kOwnBytes);
  }

 private:
  char *base_ = nullptr;
  bool usable_ = false;
};

struct Buffers {
  Buffer w, g, first, second;
  std::vector<double> square;
};

nero_status step(nero_context *context, int kind, const nero_parameter &p, float *first, float *second, double *square,
                 nero_step_report *report) {
  Hypers h;
  h.adam.amsgrad = 0;
  h.fromage.weight_bound = 0;
  const nero_constraint constraint = kind == NERO_KIND_NERO ? NERO_CONSTRAINT_BALANCED : NERO_CONSTRAINT_NONE;
  const nero_step_terms t = {sizeof t, constraint, NERO_NON_FINITE_SKIP_NEURON, 0, 1, 0.01, 1};
  switch (kind) {
    case NERO_KIND_NERO:
      return nero_step_nero(context, &p, square, &h.nero, &t, report, nullptr);
    case NERO_KIND_SGD:
      return nero_step_sgd(context, &p, first, &h.sgd, &t, report, nullptr);
    case NERO_KIND_ADAM:
      return nero_step_adam(context, &p, first, second, nullptr, &h.adam, &t, report, nullptr);
    case NERO_KIND_LAMB:
      return nero_step_lamb(context, &p, first, second, nullptr, &h.lamb, &t, report, nullptr);
    case NERO_KIND_MADAM:
      return nero_step_madam(context, &p, first, &h.madam, &t, report, nullptr);
    case NERO_KIND_FROMAGE:
      return nero_step_fromage(context, &p, &h.fromage, &t, report, nullptr);
    default:
      return nero_step_lars(context, &p, first, &h.lars, &t, report, nullptr);
  }
}

nero_parameter parameter(float *weights, float *gradients, int64_t rows) {
  nero_parameter p = shaped(NERO_ROWS, rows, kFanIn);
  p.weights = weights;
  p.gradients = gradients;
  p.scale = 1;
  return p;
}

void fill(float *to, int64_t count, unsigned seed) {
  std::minstd_rand random(seed);
  for (int64_t i = 0; i < count; i++) to[i] = static_cast<float>(random() % 4096) / 2048 - 1;
}

/// A norm of the whole tensor goes into the step: a small tensor does not have it.
bool has_norms(int kind) { return kind == NERO_KIND_LAMB || kind == NERO_KIND_FROMAGE || kind == NERO_KIND_LARS; }

void the_far_end_moves(nero_context *context, int kind, Buffers &b) {
  for (const Buffer *buffer : {&b.first, &b.second}) buffer->clear();
  b.square.assign(kRows, 0);
  std::fill_n(b.w.shared(), kShared / 4, 1.0f);
  std::fill_n(b.g.shared(), kShared / 4, NAN);
  std::vector<float> w(kOwn * kFanIn), g(w.size()), first(w.size()), second(w.size());
  std::vector<double> square(kOwn);
  fill(w.data(), kOwn * kFanIn, 3);
  fill(g.data(), kOwn * kFanIn, 4);
  const std::vector<float> before = w;
  for (float *own : {b.w.all(), b.w.last()}) std::memcpy(own, w.data(), kOwnBytes);
  for (float *own : {b.g.all(), b.g.last()}) std::memcpy(own, g.data(), kOwnBytes);

  const nero_parameter p = parameter(b.w.all(), b.g.all(), kRows);
  nero_step_report report{};
  report.struct_size = sizeof report;
  CHECK(step(context, kind, p, b.first.all(), b.second.all(), b.square.data(), &report) == NERO_OK);
  CHECK(report.neurons_non_finite == kRows - 2 * kOwn);
  CHECK(std::all_of(b.w.shared(), b.w.shared() + kShared / 4, [](float x) { return x == 1; }));
  CHECK(std::memcmp(b.w.all(), b.w.last(), kOwnBytes) == 0);
  CHECK(std::memcmp(b.first.all(), b.first.last(), kOwnBytes) == 0);
  CHECK(std::memcmp(b.second.all(), b.second.last(), kOwnBytes) == 0);
  int64_t moved = 0;
  for (int64_t i = 0; i < kOwn * kFanIn; i++) {
    CHECK(std::isfinite(b.w.last()[i]));
    moved += b.w.last()[i] != before[static_cast<size_t>(i)] ? 1 : 0;
  }
  // Some steps are lost to rounding: LARS's are short, and a weight of 0 never moves for Madam.
  CHECK(moved > kOwn * kFanIn / 2);
  if (has_norms(kind)) return;
  CHECK(step(context, kind, parameter(w.data(), g.data(), kOwn), first.data(), second.data(), square.data(), nullptr) ==
        NERO_OK);
  CHECK(std::memcmp(b.w.last(), w.data(), kOwnBytes) == 0);
  CHECK(std::memcmp(b.first.last(), first.data(), kOwnBytes) == 0);
  CHECK(std::memcmp(b.second.last(), second.data(), kOwnBytes) == 0);
  CHECK(std::memcmp(b.square.data() + kRows - kOwn, square.data(), sizeof(double) * kOwn) == 0);
}

}  // namespace

int main() {
  static_assert(kRows * kFanIn > int64_t{1} << 31, "the point of it");
  Buffers b;
  for (const Buffer *buffer : {&b.w, &b.g, &b.first, &b.second}) {
    if (buffer->usable()) continue;
    std::puts("skipped: this system does not give 34 GB of addresses");
    return 77;
  }
  // On one thread: every other row shares its memory with rows that another thread would step meanwhile.
  nero_context *context = make_context(1);
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) the_far_end_moves(context, kind, b);
  nero_context_destroy(context, nullptr);
  return nero_failures != 0;
}
