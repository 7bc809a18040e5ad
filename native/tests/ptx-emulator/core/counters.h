// What kernels did, by kernel: for tests that count launches and bytes.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/types.h"

namespace ptxemu {

struct Counters {
  u64 launches = 0;
  u64 blocks = 0;
  u64 threads = 0;
  u64 instructions = 0;  ///< of threads: a warp's instruction counts once for each active lane
  u64 global_read_bytes = 0;
  u64 global_written_bytes = 0;
  u64 global_read_vectors = 0;  ///< accesses of 16 bytes or more, one a thread
  u64 global_written_vectors = 0;
  u64 shared_read_bytes = 0;
  u64 shared_written_bytes = 0;
  u64 local_bytes = 0;  ///< read and written
  u64 atomics = 0;
  u64 barriers = 0;  ///< one a block
  u64 shuffles = 0;  ///< one a warp
  u64 faults = 0;

  void add(const Counters &other);
  /// The counter that the report calls so; null where there is none.
  static u64 Counters::*named(const std::string &name);
};

/// The process's counts.
class Report {
 public:
  static Report &instance();

  void add(const std::string &kernel, const Counters &c);
  void add_graph_launch();
  void reset();
  std::map<std::string, Counters> by_kernel() const;
  u64 graph_launches() const;
  /// One JSON object a line, one line a kernel. False when the file cannot be written.
  bool write(const std::string &path) const;

 private:
  Report() = default;

  mutable std::mutex mutex_;
  std::map<std::string, Counters> kernels_;
  u64 graph_launches_ = 0;
};

}  // namespace ptxemu
