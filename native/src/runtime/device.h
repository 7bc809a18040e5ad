// Processors that steps run on.
#pragma once

#include <cstdint>
#include <string>

namespace nero {

struct CpuDescription {
  std::string name;
  int processors;  ///< that this process may use
  uint64_t memory_bytes;
};

CpuDescription describe_cpu();

/// NERO_NUM_THREADS, else the processors that this process may use.
int default_threads();

}  // namespace nero
