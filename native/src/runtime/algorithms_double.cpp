// The kinds that need norms of a whole tensor before its weights move: LAMB, Fromage, LARS.
#include <cmath>

#include "runtime/algorithms.h"
#include "runtime/failure.h"

namespace nero {

namespace {

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
  void first_pass(const Kernels &k, const Tensor &t, Slot &slot, Range range, Tally &tally,
                  TensorSums &sums) const override {
    k.lamb_moments(t, slot.first, slot.second, slot.by->lamb, range, tally, sums);
  }
  void between(Slot &slot, const TensorSums &sums) const override {
    slot.trust_ratio = lamb_trust_ratio(sums.weights, sums.update, hyper_, slot.by->lamb);
  }
  void second_pass(const Kernels &k, const Tensor &t, Slot &slot, Range range, Tally &tally) const override {
    k.lamb_apply(t, slot.first, slot.second, slot.by->lamb, slot.trust_ratio, range, tally);
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
  void first_pass(const Kernels &k, const Tensor &t, Slot &slot, Range range, Tally &tally,
                  TensorSums &sums) const override {
    k.norms(t, slot.by->fromage.gradient_scale, hyper_.weight_bound > 0, range, tally, sums);
  }
  void between(Slot &slot, const TensorSums &sums) const override {
    slot.ratio = fromage_ratio(sums.weights, sums.update, slot.by->fromage);
    slot.shrink = slot.by->fromage.shrink;
    if (hyper_.weight_bound <= 0) return;
    slot.shrink =
        fromage_bounded_shrink(sums.weights, sums.update, sums.product, slot.ratio, slot.scale, slot.by->fromage);
  }
  void second_pass(const Kernels &k, const Tensor &t, Slot &slot, Range range, Tally &tally) const override {
    k.fromage_apply(t, slot.ratio, slot.shrink, range, tally);
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
  void first_pass(const Kernels &k, const Tensor &t, Slot &slot, Range range, Tally &tally,
                  TensorSums &sums) const override {
    k.norms(t, slot.by->lars.gradient_scale, false, range, tally, sums);
  }
  void between(Slot &slot, const TensorSums &sums) const override {
    slot.lars = lars_factors(sums.weights, sums.update, hyper_, slot.by->lars);
  }
  void second_pass(const Kernels &k, const Tensor &t, Slot &slot, Range range, Tally &tally) const override {
    k.lars_apply(t, slot.first, slot.by->lars.momentum, slot.lars, range, tally);
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
