#include "cuda/resident.h"

#include <algorithm>
#include <cmath>

#include "cuda/driver.h"
#include "cuda/tiles.h"

namespace nero {
namespace cuda {

namespace {

/// A CUDA graph of one step.
class GraphRecording final : public Recording {
 public:
  GraphRecording(CudaBackend &backend, ResidentTable &table, cudaGraphExec_t graph)
      : backend_(backend), table_(table), graph_(graph) {}
  ~GraphRecording() override {
    cudaStreamSynchronize(backend_.stream());
    cudaGraphExecDestroy(graph_);
  }
  GraphRecording(const GraphRecording &) = delete;
  GraphRecording &operator=(const GraphRecording &) = delete;

  void replay(const Terms &terms) override {
    const DeviceGuard guard(backend_.index());
    table_.set_terms(terms);
    check(cudaGraphLaunch(graph_, backend_.stream()), "replaying a CUDA graph");
  }

 private:
  CudaBackend &backend_;
  ResidentTable &table_;
  cudaGraphExec_t graph_;
};

AnyHyper hyper_of(const Algorithm &algorithm) {
  AnyHyper hyper{};
  const size_t sizes[] = {sizeof hyper.nero,  sizeof hyper.sgd,     sizeof hyper.adam, sizeof hyper.lamb,
                          sizeof hyper.madam, sizeof hyper.fromage, sizeof hyper.lars};
  static_assert(sizeof sizes / sizeof *sizes == kKinds, "a size for each kind of optimiser, in their order");
  std::memcpy(static_cast<void *>(&hyper), algorithm.hyper(), sizes[algorithm.kind()]);
  return hyper;
}

bool is_present(const Slot &slot) { return slot.parameter.gradients != nullptr || slot.parameter.elements == 0; }

}  // namespace

ResidentTable::ResidentTable(CudaBackend &backend, const Algorithm &algorithm, const nero_optimizer_options &options,
                             std::vector<Slot> &slots)
    : backend_(backend), slots_(slots) {
  deal();
  program_.kind = algorithm.kind();
  program_.hyper = hyper_of(algorithm);
  program_.non_finite = options.non_finite;
  program_.shared_count = options.step_count == NERO_STEP_COUNT_SHARED;
  program_.max_gradient_norm = algorithm.max_gradient_norm();
  program_.inspects_all = options.non_finite == NERO_NON_FINITE_SKIP_STEP || program_.max_gradient_norm > 0;
  inspects_ = program_.inspects_all || has_segments(tiles_);
  if (program_.kind != NERO_KIND_NERO) {
    for (const Tile &tile : tiles_) {
      const bool constrained = slots_[static_cast<size_t>(tile.tensor)].constraint != NERO_CONSTRAINT_NONE;
      balances_long_rows_ = balances_long_rows_ || (tile.way == Way::kSegment && constrained);
    }
  }
  allocate();
  try {
    upload_tensors();
    upload_numbers();
  } catch (...) {
    if (exempt_ != nullptr) backend_.free(exempt_);
    backend_.free(memory_);
    throw;
  }
}

ResidentTable::~ResidentTable() {
  try {
    // What is queued still reads the table: freeing is in the stream's order, or waits for the device.
    if (exempt_ != nullptr) backend_.free(exempt_);
    backend_.free(memory_);
  } catch (...) {  // what cannot be freed goes with the context
  }
}

void ResidentTable::deal() {
  for (size_t i = 0; i < slots_.size(); i++) {
    const Slot &slot = slots_[i];
    const Parameter &p = slot.parameter;
    DeviceTensor t{};
    t.first_tile = static_cast<int64_t>(tiles_.size());
    add_tiles(tiles_, static_cast<int32_t>(i), p.layout, p.neurons, p.fan_in);
    t.tiles = static_cast<int64_t>(tiles_.size()) - t.first_tile;
    t.state[0] = slot.first;
    t.state[1] = slot.second;
    t.state[2] = slot.third;
    t.square = slot.neuron;
    t.neurons = p.neurons;
    t.fan_in = p.fan_in;
    t.rate_factor = p.learning_rate_factor;
    t.decay_factor = p.weight_decay_factor;
    t.layout = p.layout;
    t.constraint = slot.constraint;
    tensors_.push_back(t);
  }
  if (tiles_.size() > INT32_MAX) {
    throw Failure(NERO_ERROR_UNSUPPORTED,
                  text("%zu pieces of work in one step, a launch has %d at most", tiles_.size(), INT32_MAX));
  }
}

void ResidentTable::allocate() {
  uint64_t total = 0;
  const auto place = [&](uint64_t bytes) {
    const uint64_t at = total;
    total += (bytes + 255) / 256 * 256;
    return at;
  };
  const uint64_t tensors = slots_.size();
  const uint64_t tiles = tiles_.size();
  const uint64_t at_totals = place(sizeof(Totals));
  const uint64_t at_tensors = place(tensors * sizeof(DeviceTensor));
  const uint64_t at_numbers = place(tensors * sizeof(Numbers));
  const uint64_t at_between = place(tensors * sizeof(Between));
  const uint64_t at_counts = place(tensors * sizeof(uint32_t));
  const uint64_t at_tiles = place(tiles * sizeof(Tile));
  const uint64_t at_inspected = place(inspects_ ? tiles * sizeof(Partial) : 0);
  const uint64_t at_sums = place(tiles * sizeof(Partial));
  memory_ = backend_.allocate(total);
  auto *const base = static_cast<char *>(memory_);
  program_.totals = reinterpret_cast<Totals *>(base + at_totals);
  program_.tensors = reinterpret_cast<DeviceTensor *>(base + at_tensors);
  program_.numbers = reinterpret_cast<Numbers *>(base + at_numbers);
  program_.between = reinterpret_cast<Between *>(base + at_between);
  program_.tensor_tiles = reinterpret_cast<uint32_t *>(base + at_counts);
  program_.tiles = reinterpret_cast<Tile *>(base + at_tiles);
  program_.inspected = reinterpret_cast<Partial *>(base + at_inspected);
  program_.sums = reinterpret_cast<Partial *>(base + at_sums);
  program_.tensor_count = static_cast<int64_t>(tensors);
  program_.tile_count = static_cast<int64_t>(tiles);
  if (tiles > 0) backend_.copy(base + at_tiles, tiles_.data(), tiles * sizeof(Tile), NERO_COPY_HOST_TO_DEVICE, true);
}

/// Addresses, presence and exempt neurons: what a rebind or a restored state may change.
void ResidentTable::upload_tensors() {
  std::vector<uint8_t> flags;
  for (const Slot &slot : slots_) flags.insert(flags.end(), slot.exempt.begin(), slot.exempt.end());
  void *fresh = nullptr;
  if (!flags.empty()) {
    fresh = backend_.allocate(flags.size());
    backend_.copy(fresh, flags.data(), flags.size(), NERO_COPY_HOST_TO_DEVICE, true);
  }
  const auto *next = static_cast<const uint8_t *>(fresh);
  for (size_t i = 0; i < slots_.size(); i++) {
    const Slot &slot = slots_[i];
    tensors_[i].weights = slot.parameter.weights;
    tensors_[i].gradients = slot.parameter.gradients;
    tensors_[i].present = is_present(slot) ? 1 : 0;
    tensors_[i].exempt = slot.exempt.empty() ? nullptr : next;
    next += slot.exempt.size();
  }
  if (!tensors_.empty()) {
    backend_.copy(const_cast<DeviceTensor *>(program_.tensors), tensors_.data(), tensors_.size() * sizeof(DeviceTensor),
                  NERO_COPY_HOST_TO_DEVICE, true);
  }
  if (exempt_ != nullptr) backend_.free(exempt_);
  exempt_ = fresh;
}

void ResidentTable::upload_numbers() {
  std::vector<Numbers> numbers;
  Totals totals{};
  totals.clip = 1;
  totals.gradient_norm2 = std::nan("");
  for (const Slot &slot : slots_) {
    numbers.push_back({*slot.step, slot.scale, slot.trust_ratio});
    totals.step = std::max(totals.step, *slot.step);
  }
  if (!numbers.empty()) {
    backend_.copy(program_.numbers, numbers.data(), numbers.size() * sizeof(Numbers), NERO_COPY_HOST_TO_DEVICE, true);
  }
  backend_.copy(program_.totals, &totals, sizeof totals, NERO_COPY_HOST_TO_DEVICE, true);
}

void ResidentTable::refresh() {
  upload_tensors();
  if (slots_.empty()) return;
  // The largest step count, which may just have been written.
  std::vector<Numbers> numbers(slots_.size());
  backend_.copy(numbers.data(), program_.numbers, numbers.size() * sizeof(Numbers), NERO_COPY_DEVICE_TO_HOST, true);
  int64_t step = 0;
  for (const Numbers &n : numbers) step = std::max(step, n.step);
  backend_.copy(&program_.totals->step, &step, sizeof step, NERO_COPY_HOST_TO_DEVICE, true);
}

ResidentNumbers ResidentTable::numbers(size_t slot) {
  Numbers *const n = program_.numbers + slot;
  return {&n->step, &n->scale, &n->trust_ratio};
}

/// terms: null where they are read from the table.
void ResidentTable::queue(const Terms *terms, cudaStream_t stream) {
  Program p = program_;
  p.terms_at = terms == nullptr ? &program_.totals->terms : nullptr;
  if (terms != nullptr) p.terms = {terms->learning_rate, terms->gradient_scale};
  // A step of nothing still counts.
  const auto blocks = static_cast<unsigned>(std::max<int64_t>(1, p.tile_count));
  if (inspects_) {
    launch_inspect(p, blocks, stream);
    check_launch("inspecting gradients");
  }
  p.finishes = !balances_long_rows_;
  switch (p.kind) {
    case NERO_KIND_NERO:
      launch_nero(p, blocks, stream);
      break;
    case NERO_KIND_SGD:
      launch_sgd(p, blocks, stream);
      break;
    case NERO_KIND_ADAM:
      launch_adam(p, blocks, stream);
      break;
    case NERO_KIND_LAMB:
      launch_lamb(p, blocks, stream);
      break;
    case NERO_KIND_MADAM:
      launch_madam(p, blocks, stream);
      break;
    case NERO_KIND_FROMAGE:
      launch_fromage(p, blocks, stream);
      break;
    case NERO_KIND_LARS:
      launch_lars(p, blocks, stream);
      break;
  }
  check_launch("stepping");
  if (!balances_long_rows_) return;
  p.finishes = true;
  launch_long_balance(p, blocks, stream);
  check_launch("putting the constraint on long rows");
}

void ResidentTable::step(const Terms &terms) {
  const DeviceGuard guard(backend_.index());
  queue(&terms, backend_.stream());
}

void ResidentTable::set_terms(const Terms &terms) {
  launch_terms(program_.totals, {terms.learning_rate, terms.gradient_scale}, backend_.stream());
  check_launch("a step's terms");
}

namespace {

/// A stream for recording alone: what other threads queue on the backend's own meanwhile is no part of it.
class RecordingStream {
 public:
  RecordingStream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a CUDA stream"); }
  ~RecordingStream() { cudaStreamDestroy(stream_); }
  RecordingStream(const RecordingStream &) = delete;
  RecordingStream &operator=(const RecordingStream &) = delete;

  template <class Work>
  cudaGraph_t record(const Work &work) const {
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "capturing a step");
    cudaGraph_t graph = nullptr;
    try {
      work(stream_);
    } catch (...) {
      cudaStreamEndCapture(stream_, &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(stream_, &graph), "capturing a step");
    return graph;
  }

 private:
  cudaStream_t stream_ = nullptr;
};

}  // namespace

std::unique_ptr<Recording> ResidentTable::record() {
  const DeviceGuard guard(backend_.index());
  const RecordingStream recording;
  cudaGraph_t graph = recording.record([&](cudaStream_t stream) { queue(nullptr, stream); });
  cudaGraphExec_t executable = nullptr;
  const cudaError_t status = cudaGraphInstantiate(&executable, graph, 0);
  cudaGraphDestroy(graph);
  check(status, "making a CUDA graph of a step");
  return std::make_unique<GraphRecording>(backend_, *this, executable);
}

void ResidentTable::report(nero_step_report &report) {
  StepResult r{};
  backend_.copy(&r, &program_.totals->result, sizeof r, NERO_COPY_DEVICE_TO_HOST, true);
  int64_t exempt = 0;
  for (const Slot &slot : slots_) exempt += slot.exempt_count;
  report.skipped = r.skipped != 0 ? 1 : 0;
  report.step = r.step;
  report.parameters_stepped = r.stepped;
  report.parameters_absent = r.absent;
  report.neurons_non_finite = r.non_finite;
  report.neurons_unbalanced = r.unbalanced;
  report.neurons_exempt = exempt;
  report.gradient_norm = program_.inspects_all ? std::sqrt(r.gradient_norm2) : std::nan("");
}

}  // namespace cuda
}  // namespace nero
