// Bits do not depend on threads, SIMD level or the way a step is asked for; neurons stay balanced; extremes stay
// finite.
#include <algorithm>

#include "check.h"
#include "model.h"

namespace {

// Under the thread sanitizer a step takes twenty times as long, and the other counts have nothing new for it.
#if defined(__SANITIZE_THREAD__)
const std::vector<int> kThreads{3};
#else
const std::vector<int> kThreads{1, 2, 3, 7};
#endif

void same_bits_everywhere() {
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
      nero_context *one = make_context(1);
      LargeModel reference_model(layout);
      const auto reference = run(one, kind, reference_model, 3);
      nero_context_destroy(one, nullptr);
      CHECK(!reference.empty());
      CHECK(reference != LargeModel(layout).weights);
      for (const std::string &level : levels()) {
        for (const int threads : kThreads) {
          nero_context *context = make_context(threads, level.c_str());
          LargeModel model(layout), parts(layout);
          CHECK(run(context, kind, model, 3) == reference);
          CHECK(run(context, kind, parts, 3, true) == reference);
          nero_context_destroy(context, nullptr);
        }
      }
    }
  }
}

/// A model's parameters in another order, of which LAMB's norm of all gradients could know.
void order_does_not_matter() {
  nero_context *context = make_context(2);
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    Model forwards, backwards;
    std::reverse(backwards.parameters.begin(), backwards.parameters.end());
    const auto reference = run(context, kind, forwards, 3);
    CHECK(!reference.empty());
    CHECK(run(context, kind, backwards, 3) == reference);
  }
  nero_context_destroy(context, nullptr);
}

/// Neurons need nothing of each other but a scale: two halves of a matrix move as the whole does.
void shards_move_as_the_whole() {
  nero_context *context = make_context(2);
  Model whole, halves;
  run(context, NERO_KIND_NERO, whole, 3);
  std::vector<nero_parameter> shards;
  for (const nero_parameter &p : halves.parameters) {
    if (p.layout == NERO_VECTOR) continue;
    nero_parameter first = p, second = p;
    first.neurons = p.neurons / 2;
    second.neurons = p.neurons - first.neurons;
    const auto skipped = static_cast<size_t>(first.neurons * p.fan_in);
    if (p.weights != nullptr) {
      second.weights = p.weights + skipped;
      second.gradients = p.gradients + skipped;
    }
    for (nero_parameter *half : {&first, &second}) {
      half->weights_bytes = half->gradients_bytes = static_cast<uint64_t>(half->neurons * p.fan_in) * 4;
      shards.push_back(*half);
    }
  }
  // The whole's scale, which for balanced neurons is 1 to rounding.
  nero_optimizer *measuring = make_optimizer(context, NERO_KIND_NERO, Model().parameters);
  for (size_t i = 0; i < shards.size(); i++) {
    nero_optimizer_state_read(measuring, static_cast<int64_t>(i / 2), "scale", &shards[i].scale, 8, nullptr);
  }
  nero_optimizer_destroy(measuring, nullptr);
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, shards);
  CHECK(optimizer != nullptr);
  for (int i = 0; i < 3; i++) CHECK(step(optimizer) == NERO_OK);
  for (size_t i = 0; i < whole.parameters.size(); i++) {
    CHECK(whole.parameters[i].layout == NERO_VECTOR || halves.weights[i] == whole.weights[i]);
  }
  nero_optimizer_destroy(optimizer, nullptr);
  nero_context_destroy(context, nullptr);
}

void neurons_stay_balanced() {
  nero_context *context = make_context(2);
  for (const nero_layout layout : {NERO_ROWS, NERO_COLUMNS}) {
    Model model(layout);
    run(context, NERO_KIND_NERO, model, 50, false, 0.1);
    for (size_t k = 0; k < model.parameters.size() && model.parameters[k].layout != NERO_VECTOR; k++) {
      const nero_parameter &p = model.parameters[k];
      for (int64_t n = 0; n < p.neurons && p.fan_in > 0; n++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < p.fan_in; i++) {
          const double w =
              model.weights[k][static_cast<size_t>(layout == NERO_ROWS ? n * p.fan_in + i : i * p.neurons + n)];
          sum += w;
          squares += w * w;
        }
        CHECK(std::fabs(sum) < 2e-6 * std::sqrt(static_cast<double>(p.fan_in)));
        CHECK(std::fabs(std::sqrt(squares) - 1) < 2e-6);
      }
    }
  }
  nero_context_destroy(context, nullptr);
}

/// Whatever the size of a finite gradient, Nero's first step has the same length, and no state or weight overflows.
void extreme_gradients() {
  for (int kind = 0; kind <= NERO_KIND_LARS; kind++) {
    for (const float size : {1e-45f, 1e-40f, 1e-30f, 1e-20f, 1e20f, 1e30f, 3e38f}) {
      nero_context *context = make_context(1);
      float weights[12] = {1, -2, 3, 0.5f, 1, -1, 2, 0, -3, 1, 1, -2};
      float gradients[12];
      for (int i = 0; i < 12; i++) gradients[i] = i % 2 == 0 ? size : -size;
      nero_parameter p = shaped(NERO_ROWS, 3, 4);
      p.weights = weights;
      p.gradients = gradients;
      const Hypers hypers;
      nero_optimizer *optimizer = nullptr;
      CHECK(nero_optimizer_create(context, static_cast<nero_optimizer_kind>(kind), hypers.of(kind), nullptr, &p, 1,
                                  &optimizer, nullptr) == NERO_OK);
      float before[12];
      std::memcpy(before, weights, sizeof weights);
      // SGD's own step is as long as its gradient: it is given a rate that keeps the weights finite.
      const nero_step_args args{sizeof args, 0, kind == NERO_KIND_SGD ? 1e-3 : 0.01, 1};
      for (int step = 0; step < 3; step++) CHECK(nero_optimizer_step(optimizer, &args, nullptr, nullptr) == NERO_OK);
      double moved = 0;
      for (int i = 0; i < 12; i++) {
        CHECK(std::isfinite(weights[i]));
        moved += std::fabs(static_cast<double>(weights[i]) - before[i]);
      }
      if (kind == NERO_KIND_NERO) CHECK(moved > 0.01 && moved < 1);
      int64_t count = 0;
      nero_optimizer_state_count(optimizer, 0, &count, nullptr);
      for (int64_t s = 0; s < count; s++) {
        nero_state_info info{};
        info.struct_size = sizeof info;
        nero_optimizer_state_describe(optimizer, 0, s, &info, nullptr);
        std::vector<char> bytes(info.bytes);
        nero_optimizer_state_read(optimizer, 0, info.name, bytes.data(), info.bytes, nullptr);
        for (int64_t i = 0; i < info.count; i++) {
          if (info.dtype == NERO_F32) CHECK(std::isfinite(reinterpret_cast<float *>(bytes.data())[i]));
          if (info.dtype == NERO_F64) CHECK(std::isfinite(reinterpret_cast<double *>(bytes.data())[i]));
        }
      }
      nero_optimizer_destroy(optimizer, nullptr);
      nero_context_destroy(context, nullptr);
    }
  }
}

}  // namespace

int main() {
  same_bits_everywhere();
  order_does_not_matter();
  shards_move_as_the_whole();
  neurons_stay_balanced();
  extreme_gradients();
  return nero_failures != 0;
}
