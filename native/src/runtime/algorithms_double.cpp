// The kinds that need norms of a whole tensor before its weights move: LAMB, Fromage, LARS.
#include <cmath>

#include "runtime/algorithms.h"
#include "runtime/failure.h"

namespace nero {

namespace {

/// Of each tensor, for Fromage and LARS.
void sum_norms(const Kernels &k, const Series &series, Range range, double gradient_scale, bool product, Tally &tally,
               TensorSums *sums) {
  for (int64_t i = 0; i < series.count; i++) {
    k.norms(series.tensor(i), gradient_scale, product, series.range(i, range), tally, sums[i]);
  }
}

class LambAlgorithm final : public Algorithm {
 public:
  explicit LambAlgorithm(const nero_lamb_hyper &hyper) : hyper_(hyper) {
    require_enum("correction", hyper.correction, NERO_LAMB_CORRECTION_FIRST);
    require_enum("decay", hyper.decay, NERO_LAMB_DECAY_BEFORE);
    require_below("beta1", hyper.beta1, 0, 1);
    require_below("beta2", hyper.beta2, 0, 1);
    require_range("epsilon", hyper.epsilon, 0, 1e30);
    require_range("weight_decay", hyper.weight_decay, 0, 1e30);
    require_range("max_gradient_norm", hyper.max_gradient_norm, 0, INFINITY);
    require_range("weight_norm_max", hyper.weight_norm_max, 0, INFINITY);
    require_range("ratio_min", hyper.ratio_min, 0, 1e30);
    require_range("ratio_max", hyper.ratio_max, hyper.ratio_min, INFINITY);
    require_range("ratio_epsilon", hyper.ratio_epsilon, 0, 1e30);
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_LAMB; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override { return {{"first_moment", "second_moment", nullptr}, nullptr, nullptr, true}; }
  double max_gradient_norm() const override { return hyper_.max_gradient_norm; }
  void prepare(Slot &slot, double gradient_scale, int64_t step) const override {
    slot.own.lamb = make_lamb_step(hyper_, slot.rate, gradient_scale, slot.parameter.weight_decay_factor, step);
  }
  bool two_passes() const override { return true; }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *sums) const override {
    k.lamb_moments(series, range, by.lamb, tally, sums);
  }
  void between(Slot &slot, Item &item, const AnyStep &by, const TensorSums &sums) const override {
    slot.trust_ratio = lamb_trust_ratio(sums.weights, sums.update, hyper_, by.lamb);
    item.number = slot.trust_ratio;
  }
  void second_pass(const Kernels &k, const Series &series, Range range, const Slot *, const AnyStep &by,
                   Tally &tally) const override {
    k.lamb_apply(series, range, by.lamb, tally);
  }

 private:
  nero_lamb_hyper hyper_;
};

class FromageAlgorithm final : public Algorithm {
 public:
  explicit FromageAlgorithm(const nero_fromage_hyper &hyper) : hyper_(hyper) {
    require_range("weight_bound", hyper.weight_bound, 0, 1e30);
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_FROMAGE; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override {
    return {{nullptr, nullptr, nullptr}, nullptr, hyper_.weight_bound > 0 ? "bound" : nullptr, false};
  }
  bool wants_measure() const override { return hyper_.weight_bound > 0; }
  void measured(Slot &slot, const Norms &norms) const override {
    slot.scale = hyper_.weight_bound * std::sqrt(norms.squares);
  }
  void prepare(Slot &slot, double gradient_scale, int64_t) const override {
    slot.own.fromage = make_fromage_step(slot.rate, gradient_scale);
  }
  bool two_passes() const override { return true; }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *sums) const override {
    sum_norms(k, series, range, by.fromage.gradient_scale, hyper_.weight_bound > 0, tally, sums);
  }
  void between(Slot &slot, Item &, const AnyStep &by, const TensorSums &sums) const override {
    slot.ratio = fromage_ratio(sums.weights, sums.update, by.fromage);
    slot.shrink = by.fromage.shrink;
    if (hyper_.weight_bound <= 0) return;
    slot.shrink = fromage_bounded_shrink(sums.weights, sums.update, sums.product, slot.ratio, slot.scale, by.fromage);
  }
  void second_pass(const Kernels &k, const Series &series, Range range, const Slot *slots, const AnyStep &,
                   Tally &tally) const override {
    for (int64_t i = 0; i < series.count; i++) {
      k.fromage_apply(series.tensor(i), slots[i].ratio, slots[i].shrink, series.range(i, range), tally);
    }
  }

 private:
  nero_fromage_hyper hyper_;
};

class LarsAlgorithm final : public Algorithm {
 public:
  explicit LarsAlgorithm(const nero_lars_hyper &hyper) : hyper_(hyper) {
    require_enum("variant", hyper.variant, NERO_LARS_PYTORCH_OPTIMIZER);
    require_below("momentum", hyper.momentum, 0, 1);
    require_range("weight_decay", hyper.weight_decay, 0, 1e30);
    require_range("trust", hyper.trust, 1e-30, 1e30);
    require_range("epsilon", hyper.epsilon, 0, 1e30);
    if (hyper.nesterov != 0 && hyper.momentum == 0) {
      throw Failure(NERO_ERROR_ARGUMENT, text("nesterov needs momentum above 0, it is %g", hyper.momentum));
    }
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_LARS; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override { return {{"momentum", nullptr, nullptr}, nullptr, nullptr, false}; }
  void prepare(Slot &slot, double gradient_scale, int64_t) const override {
    slot.own.lars =
        make_lars_step(hyper_, slot.rate, gradient_scale, slot.parameter.weight_decay_factor, slot.parameter.layout);
  }
  bool two_passes() const override { return true; }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *sums) const override {
    sum_norms(k, series, range, by.lars.gradient_scale, false, tally, sums);
  }
  void between(Slot &slot, Item &, const AnyStep &by, const TensorSums &sums) const override {
    slot.lars = lars_factors(sums.weights, sums.update, hyper_, by.lars);
  }
  void second_pass(const Kernels &k, const Series &series, Range range, const Slot *slots, const AnyStep &by,
                   Tally &tally) const override {
    for (int64_t i = 0; i < series.count; i++) {
      k.lars_apply(series.tensor(i), series.items[i].first, by.lars.momentum, slots[i].lars, series.range(i, range),
                   tally);
    }
  }

 private:
  nero_lars_hyper hyper_;
};

}  // namespace

std::unique_ptr<Algorithm> make_lamb(const nero_lamb_hyper &hyper) { return std::make_unique<LambAlgorithm>(hyper); }
std::unique_ptr<Algorithm> make_fromage(const nero_fromage_hyper &hyper) {
  return std::make_unique<FromageAlgorithm>(hyper);
}
std::unique_ptr<Algorithm> make_lars(const nero_lars_hyper &hyper) { return std::make_unique<LarsAlgorithm>(hyper); }

}  // namespace nero
