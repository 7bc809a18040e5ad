// What the environment asks for; the README says what each does.
#pragma once

#include <string>

#include "core/types.h"

namespace ptxemu {

struct Settings {
  u32 seed = 0;               ///< PTXEMU_SEED
  u64 quantum = 0;            ///< PTXEMU_QUANTUM
  u64 instruction_limit = 0;  ///< PTXEMU_MAXINST
  int threads = 0;            ///< PTXEMU_THREADS
  int devices = 1;            ///< PTXEMU_DEVICES
  int capability = 120;       ///< PTXEMU_CC
  u64 memory = 0;             ///< PTXEMU_MEMORY, bytes a device
  bool concurrent = false;    ///< PTXEMU_CONCURRENT
  bool races = true;          ///< PTXEMU_RACES
  bool sticky = true;         ///< PTXEMU_STICKY
  bool deferred = false;      ///< PTXEMU_DEFERRED
  bool trace = false;         ///< PTXEMU_TRACE
  bool quiet = false;         ///< PTXEMU_QUIET
  std::string report;         ///< PTXEMU_REPORT
};

/// Read once, at the first call. Tests may change it before they launch.
Settings &settings();

}  // namespace ptxemu
