// Madam's short form against its whole one, to the bit, wherever it may be taken; and both against the equations.
#include "rules/madam.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "check.h"

namespace {

using namespace nero;

bool alike(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b)); }

std::vector<float> numbers(std::mt19937 &random) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  std::vector<float> all = {0,    -0.0f, 1e-42f,   -1e-42f,   1e-38f,    1e-20f,     -1e-20f,
                            0.5f, 1e20f, kLargest, -kLargest, kInfinite, -kInfinite, std::nanf("")};
  std::normal_distribution<float> normal;
  for (int i = 0; i < 60; i++) all.push_back(normal(random) * std::pow(10.0f, normal(random) * 4));
  return all;
}

void short_as_whole(const MadamStep &step) {
  std::mt19937 random(1);
  const std::vector<float> all = numbers(random);
  int moved = 0;
  int differ = 0;
  for (const float w : all) {
    for (const float g : all) {
      for (const float old : all) {
        float root = std::fabs(old);
        float whole_root = root;
        const float got = madam_element<true>(w, g, root, step);
        const float wanted = madam_element(w, g, whole_root, step);
        if (!alike(got, wanted) || !alike(root, whole_root)) differ++;
        if (got != w) moved++;
      }
    }
  }
  CHECK(differ == 0);
  CHECK(moved > 0);
}

/// Both forms against the equations in double, where neither root nor gradient is next to an end of the floats.
template <bool kShort>
void follows_the_equations(const nero_madam_hyper &hyper, double rate) {
  constexpr int64_t kLate = 100000;
  const MadamStep step = make_madam_step(hyper, rate, 1, 2, kLate);
  const double correction = 1 - std::pow(hyper.beta, static_cast<double>(kLate));
  int held = 0;
  for (const float old : {0.0f, 1e-25f, 3e-6f, 0.01f, 0.7f, 1.9f, 5e20f}) {
    for (const float g : {0.0f, -2e-25f, 4e-6f, -0.03f, 0.5f, 1.0f, -3.9f, 8e20f}) {
      for (const float w : {-0.4f, 0.0f, 1.0f, 1.99f}) {
        float root = old;
        const float got = madam_element<kShort>(w, g, root, step);
        const double wide = g;
        // A square that is nothing beside the old root's is lost where beta leaves it alone.
        if (hyper.beta == 0 && std::fabs(wide) < 1e-15 * old) continue;
        const double second = hyper.beta * std::pow(static_cast<double>(old), 2) + (1 - hyper.beta) * wide * wide;
        CHECK(std::fabs(root - std::sqrt(second)) <= 3e-7 * std::sqrt(second));
        const double u = second > 0 ? wide / std::sqrt(second / correction) : 0;
        if (std::fabs(u) > hyper.gradient_bound) held++;
        const double turn = std::fmax(-hyper.gradient_bound, std::fmin(u, hyper.gradient_bound));
        const double moved = w * std::exp(-rate * turn * (w > 0 ? 1 : -1));
        CHECK(std::fabs(got - std::fmax(-2, std::fmin(moved, 2))) <= 4e-7 * std::fabs(w));
      }
    }
  }
  CHECK(hyper.beta == 0 || held > 0);
}

}  // namespace

int main() {
  const nero_madam_hyper usual = {sizeof(nero_madam_hyper), 0, 0.999, 3, 10};
  for (const double rate : {0.01, 0.0339, -0.0339}) {
    for (const double scale : {1.0, -1.0, 1 / 1024.0}) {
      const MadamStep step = make_madam_step(usual, rate, scale, 2, 7);
      CHECK(madam_is_short(step));
      short_as_whole(step);
    }
  }
  const nero_madam_hyper forgetful = {sizeof(nero_madam_hyper), 0, 0, 3, 10};
  for (const nero_madam_hyper &hyper : {usual, forgetful}) {
    follows_the_equations<true>(hyper, 0.01);
    follows_the_equations<false>(hyper, 0.01);
    follows_the_equations<false>(hyper, 0.1);
  }
  CHECK(!madam_is_short(make_madam_step(usual, 0.035, 1, 2, 7)));
  CHECK(!madam_is_short(make_madam_step(usual, 0.01, 1024, 2, 7)));
  const nero_madam_hyper unbounded = {sizeof(nero_madam_hyper), 0, 0.999, 3, std::numeric_limits<double>::infinity()};
  CHECK(!madam_is_short(make_madam_step(unbounded, 0, 1, 2, 7)));
  return nero_failures != 0;
}
