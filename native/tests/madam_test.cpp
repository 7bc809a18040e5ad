// Madam's short form against its whole one, to the bit, wherever it may be taken.
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
  CHECK(!madam_is_short(make_madam_step(usual, 0.035, 1, 2, 7)));
  CHECK(!madam_is_short(make_madam_step(usual, 0.01, 1024, 2, 7)));
  const nero_madam_hyper unbounded = {sizeof(nero_madam_hyper), 0, 0.999, 3, std::numeric_limits<double>::infinity()};
  CHECK(!madam_is_short(make_madam_step(unbounded, 0, 1, 2, 7)));
  return nero_failures != 0;
}
