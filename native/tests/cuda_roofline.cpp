// Writes docs/roofline.md: what a step would take if memory alone bounded it. On paper: from the counts that
// cuda_count_test checks under PTX emulation and from data sheets, from no GPU.
#include <cstdio>

#include "cuda_costs.h"
#include "cuda_nets.h"

namespace {

struct Card {
  const char *name;
  double bytes_a_second;
};

constexpr Card kCards[] = {{"H100 (3.35 TB/s)", 3.35e12}, {"RTX 4090 (1.008 TB/s)", 1.008e12}};

}  // namespace

int main() {
  const std::vector<Net> nets = cuda_nets();
  std::printf(
      "# Roofline\n\n"
      "**On paper**: no GPU has run these kernels. The bytes are what `cuda_count_test` counts under PTX emulation, "
      "less the\n"
      "second reading of a gradient that is in cache; the bandwidths are data sheets'. Times are bytes over bandwidth, "
      "in\n"
      "microseconds: launches, latency and arithmetic are left out, so a small model takes longer than it says here, "
      "and what\n"
      "fits a second-level cache (50 MB on an H100, 72 MB on a 4090) may take less. Written by\n"
      "`build/release/native/tests/cuda_roofline > docs/roofline.md`; a test holds this page against it.\n\n"
      "| optimiser | launches a step | bytes a weight |\n|---|---|---|\n"
      "| the floor: `w -= c * g` | 1 | 12 |\n");
  for (const CudaCost &cost : kCudaCosts) std::printf("| %s | %d | %d |\n", cost.name, cost.launches, cost.memory);
  std::printf("| torch, Adam, `fused=True`: w, g, m, v read, w, m, v written | 1 or more | 28 |\n");
  for (const Card &card : kCards) {
    std::printf("\n## %s, microseconds a step\n\n| model | weights | floor |", card.name);
    for (const CudaCost &cost : kCudaCosts) std::printf(" %s |", cost.name);
    std::printf(" torch's fused Adam |\n|---|---|---|");
    for (unsigned i = 0; i < sizeof kCudaCosts / sizeof kCudaCosts[0]; i++) std::printf("---|");
    std::printf("---|\n");
    for (const Net &net : nets) {
      const auto time = [&](double bytes) { return net.weights() * bytes / card.bytes_a_second * 1e6; };
      std::printf("| %s | %.0f | %.1f |", net.name, net.weights(), time(12));
      for (const CudaCost &cost : kCudaCosts) std::printf(" %.1f |", time(cost.memory));
      std::printf(" %.1f |\n", time(28));
    }
  }
  return 0;
}
