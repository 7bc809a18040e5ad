#include "core/counters.h"

#include <cstdio>
#include <cstdlib>

#include "core/settings.h"

namespace ptxemu {

namespace {

struct Field {
  const char *name;
  u64 Counters::*value;
};

constexpr Field kFields[] = {{"launches", &Counters::launches},
                             {"blocks", &Counters::blocks},
                             {"threads", &Counters::threads},
                             {"thread_instructions", &Counters::instructions},
                             {"global_read_bytes", &Counters::global_read_bytes},
                             {"global_written_bytes", &Counters::global_written_bytes},
                             {"global_read_vectors", &Counters::global_read_vectors},
                             {"global_written_vectors", &Counters::global_written_vectors},
                             {"shared_read_bytes", &Counters::shared_read_bytes},
                             {"shared_written_bytes", &Counters::shared_written_bytes},
                             {"local_bytes", &Counters::local_bytes},
                             {"atomics", &Counters::atomics},
                             {"barriers", &Counters::barriers},
                             {"shuffles", &Counters::shuffles},
                             {"faults", &Counters::faults}};

}  // namespace

void Counters::add(const Counters &other) {
  for (const Field &f : kFields) this->*f.value += other.*f.value;
}

u64 Counters::*Counters::named(const std::string &name) {
  for (const Field &f : kFields) {
    if (name == f.name) return f.value;
  }
  return nullptr;
}

Report &Report::instance() {
  // Never destroyed: it is written at exit, when other destructors have run.
  static Report *report = [] {
    std::atexit([] {
      if (!settings().report.empty()) instance().write(settings().report);
    });
    return new Report;
  }();
  return *report;
}

void Report::add(const std::string &kernel, const Counters &c) {
  const std::lock_guard lock(mutex_);
  kernels_[kernel].add(c);
}

void Report::add_graph_launch() {
  const std::lock_guard lock(mutex_);
  graph_launches_++;
}

void Report::reset() {
  const std::lock_guard lock(mutex_);
  kernels_.clear();
  graph_launches_ = 0;
}

std::map<std::string, Counters> Report::by_kernel() const {
  const std::lock_guard lock(mutex_);
  return kernels_;
}

u64 Report::graph_launches() const {
  const std::lock_guard lock(mutex_);
  return graph_launches_;
}

bool Report::write(const std::string &path) const {
  const std::lock_guard lock(mutex_);
  std::FILE *file = std::fopen(path.c_str(), "w");
  if (!file) return false;
  for (const auto &[kernel, counters] : kernels_) {
    std::fprintf(file, "{\"kernel\":\"%s\"", kernel.c_str());
    for (const Field &f : kFields) {
      std::fprintf(file, ",\"%s\":%llu", f.name, static_cast<unsigned long long>(counters.*f.value));
    }
    std::fprintf(file, "}\n");
  }
  return std::fclose(file) == 0;
}

}  // namespace ptxemu
