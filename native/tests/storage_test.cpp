// The CPU's drivers over a storage that the library does not have: weights and gradients in bfloat16, by a policy of
// this test. What float drivers make of the same numbers, rounded wherever the narrow ones store, is the same to the
// bit: Nero writes a weight once; another optimiser writes the step, and what was stored is put on the constraint.
// State and sums are the same to the bit.
#include <type_traits>

#include "check.h"
#include "model.h"
#include "storage_model.h"

namespace nero {
namespace {

struct State {
  std::vector<float> a, b, c;
  std::vector<double> square;
};

/// The tensor with element buffers, as kernels take it; number: what the kind makes of it.
Item item_of(const Tensor &t, State &s, double number = 0) {
  Item item = {};
  item.weights = t.weights;
  item.gradients = t.gradients;
  item.first = s.a.data();
  item.second = s.b.data();
  item.third = s.c.data();
  item.neurons = t.neurons;
  item.fan_in = t.fan_in;
  item.number = number;
  return item;
}

template <class Of>
void each_range(const Tensor &t, const Of &of) {
  of(Range{0, t.neurons / 3});
  of(Range{t.neurons / 3, t.neurons});
}

using Rule = void (*)(const Kernels &, const Tensor &, State &, Tally &, int64_t step);

constexpr double kRate = 0.01;
constexpr double kScale = 0.5;

template <bool kCurrentScale>
void nero_rule(const Kernels &k, const Tensor &t, State &s, Tally &tally, int64_t step) {
  Hypers hypers;
  if (kCurrentScale) hypers.nero.scale = NERO_SCALE_CURRENT;
  const NeroStep by = make_nero_step(hypers.nero, kRate, kScale, 0.7, step);
  Item item = item_of(t, s, by.scale);
  item.square = s.square.data();
  each_range(t, [&](Range r) { k.nero({t, &item, 1}, r, by, tally); });
}

template <bool kMomentum>
void sgd_rule(const Kernels &k, const Tensor &t, State &s, Tally &tally, int64_t step) {
  Hypers hypers;
  if (!kMomentum) hypers.sgd.momentum = 0;
  const SgdStep by = make_sgd_step(hypers.sgd, kRate, kScale, 1, step);
  const Item item = item_of(t, s);
  each_range(t, [&](Range r) { k.sgd({t, &item, 1}, r, by, tally); });
}

template <bool kAmsgrad>
void adam_rule(const Kernels &k, const Tensor &t, State &s, Tally &tally, int64_t step) {
  Hypers hypers;
  hypers.adam.amsgrad = kAmsgrad;
  const AdamStep by = make_adam_step(hypers.adam, kRate, kScale, 1, step);
  const Item item = item_of(t, s);
  each_range(t, [&](Range r) { k.adam({t, &item, 1}, r, by, tally); });
}

template <bool kShort>
void madam_rule(const Kernels &k, const Tensor &t, State &s, Tally &tally, int64_t step) {
  const MadamStep by = make_madam_step(Hypers().madam, kShort ? kRate : 0.1, kScale, 2, step);
  CHECK(madam_is_short(by) == kShort);
  const Item item = item_of(t, s, by.bound);
  each_range(t, [&](Range r) { k.madam({t, &item, 1}, r, by, tally); });
}

void lamb_rule(const Kernels &k, const Tensor &t, State &s, Tally &tally, int64_t step) {
  const nero_lamb_hyper hyper = Hypers().lamb;
  const LambStep by = make_lamb_step(hyper, kRate, kScale, 1, step);
  TensorSums sums = {};
  Item item = item_of(t, s);
  each_range(t, [&](Range r) { k.lamb_moments({t, &item, 1}, r, by, tally, &sums); });
  item.number = lamb_trust_ratio(sums.weights, sums.update, hyper, by);
  each_range(t, [&](Range r) { k.lamb_apply({t, &item, 1}, r, by, tally); });
}

template <bool kInDouble>
void fromage_rule(const Kernels &k, const Tensor &t, State &, Tally &tally, int64_t) {
  const FromageStep by = make_fromage_step(kRate, kScale);
  TensorSums sums = {};
  each_range(t, [&](Range r) { k.norms(t, kScale, true, r, tally, sums); });
  const double ratio = kInDouble ? 1e31 : fromage_ratio(sums.weights, sums.update, by);
  const double shrink =
      kInDouble ? 0.7e-31 : fromage_bounded_shrink(sums.weights, sums.update, sums.product, ratio, 0.5, by);
  each_range(t, [&](Range r) { k.fromage_apply(t, ratio, shrink, r, tally); });
}

void lars_rule(const Kernels &k, const Tensor &t, State &s, Tally &tally, int64_t) {
  const nero_lars_hyper hyper = Hypers().lars;
  const LarsStep by = make_lars_step(hyper, kRate, kScale, 1, t.layout);
  TensorSums sums = {};
  each_range(t, [&](Range r) { k.norms(t, kScale, false, r, tally, sums); });
  const LarsFactors factors = lars_factors(sums.weights, sums.update, hyper, by);
  each_range(t, [&](Range r) { k.lars_apply(t, s.a.data(), by.momentum, factors, r, tally); });
}

struct NamedRule {
  const char *name;
  Rule rule;
  bool at_once;  ///< step and constraint are one
};

const NamedRule kRules[] = {{"nero", nero_rule<false>, true},
                            {"nero by its own norm", nero_rule<true>, true},
                            {"sgd", sgd_rule<false>, false},
                            {"momentum", sgd_rule<true>, false},
                            {"adam", adam_rule<false>, false},
                            {"amsgrad", adam_rule<true>, false},
                            {"madam", madam_rule<true>, false},
                            {"madam, long", madam_rule<false>, false},
                            {"lamb", lamb_rule, false},
                            {"fromage", fromage_rule<false>, false},
                            {"fromage in double", fromage_rule<true>, false},
                            {"lars", lars_rule, false}};

const Kernels kWide = kernels_of<F32>("float32");
const Kernels kNarrow = kernels_of<BF16>("bfloat16");

template <class T>
bool same_bits(const std::vector<T> &a, const std::vector<T> &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

struct Outcome {
  std::vector<float> weights;
  State state;
  Tally tally;
};

enum Rounding { kAsStored, kAtTheEnd };

/// Some steps; those of float drivers rounded as the narrow ones store, or after step and constraint.
template <class Storage>
Outcome stepped(const Case &c, const NamedRule &rule, int steps, Rounding rounding = kAsStored) {
  constexpr bool kIsWide = std::is_same<Storage, F32>::value;
  const Kernels &k = kIsWide ? kWide : kNarrow;
  Buffer<Storage> w(c.weights);
  const std::vector<float> zeros(c.weights.size());
  Outcome o = {{}, {zeros, zeros, zeros, std::vector<double>(static_cast<size_t>(c.shape.neurons))}, {}};
  for (int i = 0; i < steps; i++) {
    Buffer<Storage> g(c.gradients[i]);
    Tensor t = c.tensor(w, g);
    const bool apart = kIsWide && !rule.at_once && rounding == kAsStored;
    if (apart) t.constraint = NERO_CONSTRAINT_NONE;
    rule.rule(k, t, o.state, o.tally, i + 1);
    if (apart) {
      w.round();
      t = c.tensor(w, g);
      for (int64_t n = 0; t.moves && n < t.neurons; n++) {
        if (!c.rests(n)) balance<Storage>(t, n, n + 1, o.tally);
      }
    }
    if (kIsWide) w.round();
  }
  CHECK(w.guarded());
  o.weights = w.values();
  return o;
}

void expect(bool holds, const char *what, const Case &c, const NamedRule &rule) {
  if (holds) return;
  nero_failures++;
  std::fprintf(stderr, "%s, layout %d, %lld x %lld, case %d: %s\n", rule.name, static_cast<int>(c.shape.layout),
               static_cast<long long>(c.shape.neurons), static_cast<long long>(c.shape.fan_in), c.kind, what);
}

void narrow_as_rounded(const Case &c, const NamedRule &rule) {
  const Outcome wide = stepped<F32>(c, rule, kSteps);
  const Outcome narrow = stepped<BF16>(c, rule, kSteps);
  expect(same_bits(wide.weights, narrow.weights), "other weights", c, rule);
  expect(same_bits(narrow.weights, c.weights) == (c.kind == kStill), "weights move unless the rate is 0", c, rule);
  expect(same_bits(wide.state.a, narrow.state.a), "another first state", c, rule);
  expect(same_bits(wide.state.b, narrow.state.b), "another second state", c, rule);
  expect(same_bits(wide.state.c, narrow.state.c), "another third state", c, rule);
  expect(same_bits(wide.state.square, narrow.state.square), "other squares", c, rule);
  expect(wide.tally.non_finite == narrow.tally.non_finite && wide.tally.unbalanced == narrow.tally.unbalanced,
         "another tally", c, rule);
  expect(narrow.tally.non_finite == (c.kind == kPoisoned ? 2 * kSteps : 0), "neurons that were not counted", c, rule);
}

/// A unit in bfloat16's last place.
float last_place(float x) { return std::ldexp(1.0f, std::ilogb(x) - 7); }

/// What the rounding between step and constraint costs: with the one that float drivers are left with, three times half
/// a unit in the last place of a weight, or of the neuron's root mean square where the weight is smaller; and the
/// mean's.
void near_to_one_rounding(const Case &c, const NamedRule &rule) {
  const Outcome wide = stepped<F32>(c, rule, 1, kAtTheEnd);
  const Outcome narrow = stepped<BF16>(c, rule, 1);
  const float typical = 1 / std::sqrt(static_cast<float>(c.shape.fan_in));
  float worst = 0;
  for (size_t i = 0; i < wide.weights.size(); i++) {
    const float unit = last_place(std::fmax(typical, std::fabs(wide.weights[i])));
    worst = std::fmax(worst, std::fabs(wide.weights[i] - narrow.weights[i]) / unit);
  }
  expect(worst <= 2, "more than two units from one rounding", c, rule);
  expect((worst > 0) != rule.at_once, "a rounding more is seen where one is made", c, rule);
}

struct Surveyed {
  std::vector<float> weights, projected;
  double norms = 0, squares = 0, gradient_norm2 = 0;
  int64_t non_finite = 0, degenerate = 0;
  std::vector<uint8_t> flags;
};

template <class Storage>
Surveyed around(const Kernels &k, const Case &c) {
  std::vector<float> weights = c.weights;
  for (int64_t i = 0; i < c.shape.fan_in; i++) weights[c.at(2, i)] = 0.5f;
  Buffer<Storage> w(weights), g(c.gradients[0]);
  const Tensor t = c.tensor(w, g);
  const Range all = {0, t.neurons};
  Surveyed seen;
  seen.weights = w.values();
  seen.flags.resize(static_cast<size_t>(t.neurons));
  seen.degenerate = k.find_degenerate(t, all, seen.flags.data());
  k.measure(t, all, seen.norms, seen.squares);
  k.inspect_gradients(t, kScale, all, seen.gradient_norm2, seen.non_finite);
  k.project(t, 1e-3, all);
  if (std::is_same<Storage, F32>::value) w.round();
  seen.projected = w.values();
  CHECK(w.guarded());
  return seen;
}

void seen_alike(const Case &c) {
  const Surveyed wide = around<F32>(kWide, c);
  const Surveyed narrow = around<BF16>(kNarrow, c);
  CHECK(same_bits(wide.projected, narrow.projected));
  CHECK(same_bits(narrow.projected, narrow.weights) == (c.shape.layout == NERO_VECTOR));
  CHECK(wide.norms == narrow.norms && wide.squares == narrow.squares && narrow.squares > 0);
  CHECK(wide.gradient_norm2 == narrow.gradient_norm2 && narrow.gradient_norm2 > 0);
  CHECK(wide.non_finite == narrow.non_finite && narrow.non_finite == (c.kind == kPoisoned ? 2 : 0));
  CHECK(narrow.degenerate == (c.shape.layout == NERO_VECTOR ? -1 : 2) && wide.degenerate == narrow.degenerate);
  CHECK(same_bits(wide.flags, narrow.flags));
}

}  // namespace
}  // namespace nero

int main() {
  using namespace nero;
  CHECK(rounded(1 + 0x1p-8f) == 1 && rounded(1 + 0x1p-7f) == 1 + 0x1p-7f && rounded(1 + 0x1.8p-7f) == 1 + 0x1p-6f);
  CHECK(std::isnan(rounded(std::nanf(""))) && std::isinf(rounded(3.4e38f)));
  for (const Shape &shape : kShapes) {
    for (const Kind kind : {kPlain, kStill, kPoisoned, kWild}) {
      const Case c(shape, kind);
      for (const NamedRule &rule : kRules) {
        narrow_as_rounded(c, rule);
        if (kind == kPlain && shape.layout != NERO_VECTOR) near_to_one_rounding(c, rule);
      }
      seen_alike(c);
    }
  }
  return nero_failures != 0;
}
