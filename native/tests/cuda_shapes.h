// Which shapes the CUDA tests step: for the line that says what the suite covered.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "nero/nero.h"

/// A process's shapes; a line each goes at exit to the file that NERO_SHAPES_REPORT names.
class Shapes {
 public:
  static Shapes &of_this_process() {
    static Shapes shapes;
    return shapes;
  }
  Shapes(const Shapes &) = delete;
  Shapes &operator=(const Shapes &) = delete;
  ~Shapes() {
    const char *const path = std::getenv("NERO_SHAPES_REPORT");
    std::FILE *const file = path == nullptr ? nullptr : std::fopen(path, "w");
    if (file == nullptr) return;
    for (const std::string &shape : all_) std::fprintf(file, "%s\n", shape.c_str());
    std::fclose(file);
  }

  void add(const std::vector<nero_parameter> &parameters) {
    for (const nero_parameter &p : parameters) {
      const char *const layout = p.layout == NERO_ROWS ? "ROWS" : (p.layout == NERO_COLUMNS ? "COLUMNS" : "VECTOR");
      all_.insert(std::string(layout) + " " + std::to_string(p.neurons) + " x " + std::to_string(p.fan_in));
    }
  }

 private:
  Shapes() = default;

  std::set<std::string> all_;
};
