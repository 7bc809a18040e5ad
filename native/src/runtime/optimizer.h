// An optimiser over a table of parameters.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "runtime/algorithm.h"
#include "runtime/context.h"
#include "runtime/stepper.h"

namespace nero {

class Optimizer;

/// A step of an optimiser, recorded; keeps the optimiser from being destroyed.
class Graph {
 public:
  /// recording: null where the host steps.
  Graph(Optimizer &optimizer, std::unique_ptr<Recording> recording);
  ~Graph();
  Graph(const Graph &) = delete;
  Graph &operator=(const Graph &) = delete;

  Optimizer &optimizer() { return optimizer_; }
  void replay(const nero_step_args &args);

 private:
  Optimizer &optimizer_;
  std::unique_ptr<Recording> recording_;
};

class Optimizer {
 public:
  Optimizer(Context &context, nero_optimizer_kind kind, const void *hyper, const nero_optimizer_options &options,
            const nero_parameter *parameters, int64_t count);
  ~Optimizer();
  Optimizer(const Optimizer &) = delete;
  Optimizer &operator=(const Optimizer &) = delete;

  void step(const nero_step_args &args, nero_step_report *report);
  void rebind(const nero_binding *bindings, int64_t count);
  /// Of the last step.
  void report(nero_step_report &report);
  Graph capture();
  void replay(Recording &recording, const nero_step_args &args);

  bool begin(const nero_step_args &args);
  void observe(int64_t parameter, const float *gradients, uint64_t bytes);
  void apply(int64_t parameter, float *weights, uint64_t weights_bytes, const float *gradients,
             uint64_t gradients_bytes);
  void end(nero_step_report *report);
  void abandon();

  int64_t state_count(int64_t parameter);
  State state(int64_t parameter, int64_t index);
  void read_state(int64_t parameter, const char *name, void *to, uint64_t bytes);
  void write_state(int64_t parameter, const char *name, const void *from, uint64_t bytes);
  uint64_t state_bytes();

  std::atomic<bool> &busy() { return busy_; }
  std::atomic<int64_t> &graphs() { return graphs_; }

 private:
  enum class Phase { kIdle, kObserving, kApplying };
  /// What the step under way did with a parameter.
  enum class Turn : uint8_t { kNone, kRested, kSkipped, kStepped };
  enum class Observed : uint8_t { kNot, kAbsent, kThere };

  void refuse_or_exempt();
  void project_and_measure();
  void allocate_state();
  void start(const nero_step_args &args);
  void decide();
  void lay_out();
  void inspect(Plan &plan);
  /// seconds: as the plan's, 0 where they are not known yet.
  Plan one_job(Job &job, double seconds);
  bool needs_inspection() const;
  Stepper stepper(Plan &plan);
  void step_jobs(Plan &plan);
  void advance_together();
  void require_bound() const;
  Terms resident_terms(const nero_step_args &args) const;
  void finish(nero_step_report *report);
  void fill(nero_step_report &report) const;
  Slot &slot(int64_t parameter);
  State find_state(int64_t parameter, const char *name);
  std::vector<State> states(Slot &slot);
  void read_buffer(const State &state, void *to);
  void write_buffer(const State &state, const void *from);

  Context &context_;
  std::unique_ptr<Algorithm> algorithm_;
  nero_optimizer_options options_;
  std::vector<Slot> slots_;
  std::vector<int64_t> steps_;  // the slots' own
  void *state_ = nullptr;
  std::unique_ptr<Resident> resident_;  // null: the host steps
  std::atomic<bool> busy_{false};
  std::atomic<int64_t> graphs_{0};

  // The table as it is bound: who has gradients, and how the work is dealt.
  std::vector<Job> jobs_;
  std::vector<Item> items_;
  std::vector<Group> groups_;
  Plan plan_{};
  bool laid_out_ = false;  // false: to be done before the next step
  int64_t unbound_ = -1;   // a parameter that has gradients and no weights

  // Room for a step.
  std::vector<RangeResult> results_;
  std::vector<double> seconds_of_one_;  // of a step of one parameter, measured; 0 before it is
  std::vector<Group> groups_of_one_;
  std::vector<Item> item_of_one_ = std::vector<Item>(1);
  std::vector<double> norms_;
  std::vector<Turn> turns_;
  std::vector<Observed> observed_;

  // The step under way.
  Phase phase_ = Phase::kIdle;
  bool stepped_ = false;  // a step has been taken since construction
  Terms terms_{};
  int64_t step_ = 0;         // its number, where all parameters advance together
  int64_t most_steps_ = -1;  // of any parameter; -1: to be looked up
  double clip_ = 1;
  double gradient_norm2_ = 0;
  int64_t inspected_non_finite_ = 0;
  bool inspected_ = false;
  bool skipped_ = false;
  Tally tally_;
};

}  // namespace nero

struct nero_optimizer {
  uint64_t magic;
  nero::Optimizer optimizer;
};

struct nero_graph {
  uint64_t magic;
  nero::Graph graph;
};
