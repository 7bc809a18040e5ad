// The kinds that need one pass: Nero, SGD, Adam, Madam.
#include <cmath>

#include "runtime/algorithms.h"
#include "runtime/failure.h"
#include "runtime/survey.h"

namespace nero {

namespace {

class NeroAlgorithm final : public Algorithm {
 public:
  explicit NeroAlgorithm(const nero_nero_hyper &hyper) : hyper_(hyper) {
    require_enum("scale", hyper.scale, NERO_SCALE_CURRENT);
    require_below("beta", hyper.beta, 0, 1);
    require_range("epsilon", hyper.epsilon, 0, 1e30);
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_NERO; }
  bool elementwise() const override { return false; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override { return {{nullptr, nullptr, nullptr}, "square", "scale", false}; }
  bool wants_measure() const override { return true; }
  void measured(Slot &slot, const Norms &norms) const override {
    slot.scale = mean_norm(norms, slot.parameter.neurons);
  }
  double projection_epsilon() const override { return hyper_.epsilon; }
  void prepare(Slot &slot, double gradient_scale, int64_t step) const override {
    slot.own.nero = make_nero_step(hyper_, slot.rate, gradient_scale, slot.scale, step);
  }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *) const override {
    k.nero(series, range, by.nero, tally);
  }

 private:
  nero_nero_hyper hyper_;
};

class SgdAlgorithm final : public Algorithm {
 public:
  explicit SgdAlgorithm(const nero_sgd_hyper &hyper) : hyper_(hyper) {
    require_below("momentum", hyper.momentum, 0, 1);
    require_range("dampening", hyper.dampening, 0, 1);
    require_range("weight_decay", hyper.weight_decay, 0, 1e30);
    if (hyper.nesterov != 0 && (hyper.momentum == 0 || hyper.dampening != 0)) {
      throw Failure(NERO_ERROR_ARGUMENT, text("nesterov needs momentum above 0 and dampening 0, they are %g and %g",
                                              hyper.momentum, hyper.dampening));
    }
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_SGD; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override {
    return {{hyper_.momentum > 0 ? "momentum" : nullptr, nullptr, nullptr}, nullptr, nullptr, false};
  }
  void prepare(Slot &slot, double gradient_scale, int64_t step) const override {
    slot.own.sgd = make_sgd_step(hyper_, slot.rate, gradient_scale, slot.parameter.weight_decay_factor, step);
  }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *) const override {
    k.sgd(series, range, by.sgd, tally);
  }

 private:
  nero_sgd_hyper hyper_;
};

class AdamAlgorithm final : public Algorithm {
 public:
  explicit AdamAlgorithm(const nero_adam_hyper &hyper) : hyper_(hyper) {
    require_enum("weight_decay_kind", hyper.weight_decay_kind, NERO_WEIGHT_DECAY_COUPLED);
    require_below("beta1", hyper.beta1, 0, 1);
    require_below("beta2", hyper.beta2, 0, 1);
    require_range("epsilon", hyper.epsilon, 0, 1e30);
    require_range("weight_decay", hyper.weight_decay, 0, 1e30);
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_ADAM; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override {
    return {{"first_moment", "second_moment", hyper_.amsgrad != 0 ? "max_second_moment" : nullptr},
            nullptr,
            nullptr,
            false};
  }
  void prepare(Slot &slot, double gradient_scale, int64_t step) const override {
    slot.own.adam = make_adam_step(hyper_, slot.rate, gradient_scale, slot.parameter.weight_decay_factor, step);
  }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *) const override {
    k.adam(series, range, by.adam, tally);
  }

 private:
  nero_adam_hyper hyper_;
};

class MadamAlgorithm final : public Algorithm {
 public:
  explicit MadamAlgorithm(const nero_madam_hyper &hyper) : hyper_(hyper) {
    require_below("beta", hyper.beta, 0, 1);
    require_range("weight_scale", hyper.weight_scale, 1e-30, 1e30);
    require_range("gradient_bound", hyper.gradient_bound, 1e-30, 1e30);
  }
  nero_optimizer_kind kind() const override { return NERO_KIND_MADAM; }
  const void *hyper() const override { return &hyper_; }
  StateShape state() const override { return {{"root_second_moment", nullptr, nullptr}, nullptr, "bound", false}; }
  bool wants_measure() const override { return true; }
  void measured(Slot &slot, const Norms &norms) const override {
    const auto count = static_cast<double>(slot.parameter.elements);
    slot.scale = count > 0 ? hyper_.weight_scale * std::sqrt(norms.squares / count) : 0;
  }
  void prepare(Slot &slot, double gradient_scale, int64_t step) const override {
    slot.own.madam = make_madam_step(hyper_, slot.rate, gradient_scale, slot.scale, step);
  }
  void first_pass(const Kernels &k, const Series &series, Range range, const AnyStep &by, Tally &tally,
                  TensorSums *) const override {
    k.madam(series, range, by.madam, tally);
  }

 private:
  nero_madam_hyper hyper_;
};

}  // namespace

std::unique_ptr<Algorithm> make_nero(const nero_nero_hyper &hyper) { return std::make_unique<NeroAlgorithm>(hyper); }
std::unique_ptr<Algorithm> make_sgd(const nero_sgd_hyper &hyper) { return std::make_unique<SgdAlgorithm>(hyper); }
std::unique_ptr<Algorithm> make_adam(const nero_adam_hyper &hyper) { return std::make_unique<AdamAlgorithm>(hyper); }
std::unique_ptr<Algorithm> make_madam(const nero_madam_hyper &hyper) { return std::make_unique<MadamAlgorithm>(hyper); }

}  // namespace nero
