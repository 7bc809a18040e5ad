#include <cstdlib>
#include <cstring>
#include <string>

#include "cpu/kernels.h"

namespace nero {

#if defined(NERO_X86_LEVELS)
namespace v4 {
extern const Kernels kTable;
}
namespace v3 {
extern const Kernels kTable;
}
namespace v2 {
extern const Kernels kTable;
}
#endif
namespace generic {
extern const Kernels kTable;
}

namespace {

struct Level {
  const Kernels *table;
  bool runs;
};

/// Best first. The compiler's check covers the operating system's part: state that it does not save is not offered.
const Level *levels(int &count) {
#if defined(NERO_X86_LEVELS)
  static const Level all[] = {
      {&v4::kTable, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx2") &&
                        __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")},
      {&v3::kTable, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                        __builtin_cpu_supports("bmi2")},
      {&v2::kTable, __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")},
      {&generic::kTable, true}};
#else
  static const Level all[] = {{&generic::kTable, true}};
#endif
  count = sizeof all / sizeof all[0];
  return all;
}

}  // namespace

const Kernels *kernels(const char *level) {
  if (level == nullptr) level = std::getenv("NERO_CPU_LEVEL");
  const bool best = level == nullptr || *level == 0;
  int count;
  const Level *all = levels(count);
  for (int i = 0; i < count; i++) {
    if (all[i].runs && (best || std::strcmp(all[i].table->level, level) == 0)) return all[i].table;
  }
  return nullptr;
}

const char *kernel_levels() {
  static const std::string names = [] {
    std::string text;
    int count;
    const Level *all = levels(count);
    for (int i = 0; i < count; i++) {
      if (!all[i].runs) continue;
      if (!text.empty()) text += ' ';
      text += all[i].table->level;
    }
    return text;
  }();
  return names.c_str();
}

}  // namespace nero
