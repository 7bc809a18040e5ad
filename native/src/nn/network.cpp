#include "nn/network.h"

#include <omp.h>

#include <cstdlib>
#include <cstring>

#include "nn/loss.h"
#include "runtime/failure.h"

namespace nero::nn {

namespace {

/// oneDNN takes its threads from the calling thread's setting, which is the caller's again afterwards.
class Threads {
 public:
  explicit Threads(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads > 0 ? threads : omp_get_num_procs());
  }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

 private:
  int before_;
};

constexpr int64_t kMostElements = int64_t{1} << 40;

nero_nn_options checked(const nero_nn_options &options) {
  require_range("threads", options.threads, 0, 1024);
  require_range("batch", static_cast<double>(options.batch), 1, 1 << 24);
  require_range("features", static_cast<double>(options.features), 1, 1 << 24);
  return options;
}

Engine make_engine(int64_t batch) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return {engine, dnnl::stream(engine), batch};
}

}  // namespace

Buffer::Buffer(int64_t count) {
  const size_t bytes = (static_cast<size_t>(count) * 4 + 63) / 64 * 64;
  data_.reset(static_cast<float *>(std::aligned_alloc(64, bytes == 0 ? 64 : bytes)));
  if (data_ == nullptr) {
    throw Failure(NERO_ERROR_OUT_OF_MEMORY, text("no %zu bytes of memory to be had for a layer", bytes));
  }
  std::memset(data_.get(), 0, bytes);
}

void Buffer::Free::operator()(float *data) const { std::free(data); }

Network::Network(const nero_nn_options &options)
    : options_(checked(options)),
      engine_(make_engine(options.batch)),
      inputs_(options.batch * options.features),
      labels_(static_cast<size_t>(options.batch)) {}

void Network::require_unplanned() const {
  if (planned_) throw Failure(NERO_ERROR_SEQUENCE, "the network is planned: its layers are fixed");
}

void Network::require_planned() const {
  if (!planned_) throw Failure(NERO_ERROR_SEQUENCE, "the network is not planned yet");
}

int64_t Network::width() const { return layers_.empty() ? options_.features : layers_.back()->outputs(); }

void Network::add_linear(int64_t outputs, bool bias) {
  require_unplanned();
  require_range("outputs", static_cast<double>(outputs), 1, 1 << 24);
  if (outputs > kMostElements / width()) {
    throw Failure(NERO_ERROR_SIZE, text("%lld x %lld weights are too many", (long long)outputs, (long long)width()));
  }
  layers_.push_back(make_linear(width(), outputs, bias));
}

void Network::add_relu(double scale) {
  require_unplanned();
  require_range("scale", scale, 1e-30, 1e30);
  if (layers_.empty()) throw Failure(NERO_ERROR_SEQUENCE, "a network does not start with a ReLU");
  layers_.push_back(make_relu(width(), static_cast<float>(scale)));
}

void Network::plan() {
  require_unplanned();
  if (layers_.empty()) throw Failure(NERO_ERROR_SEQUENCE, "a network has at least one layer");
  const Threads threads(options_.threads);
  Layer::Ends ends{inputs_.data(), nullptr};
  int64_t linear = 0;
  std::vector<Placed> placed;
  for (const auto &layer : layers_) {
    ends = layer->plan(engine_, ends.output, ends.output_gradient);
    const auto parameters = layer->parameters();
    for (const LayerParameter &p : parameters) placed.push_back({p, linear});
    if (!parameters.empty()) linear++;
  }
  parameters_ = std::move(placed);
  logits_ = ends.output;
  logit_gradients_ = ends.output_gradient;
  planned_ = true;
}

void Network::describe(nero_nn_buffers &buffers) {
  require_planned();
  buffers.inputs = inputs_.data();
  buffers.labels = labels_.data();
  buffers.classes = width();
  buffers.parameters = static_cast<int64_t>(parameters_.size());
}

void Network::describe(int64_t index, nero_nn_parameter &out) {
  require_planned();
  if (index < 0 || index >= static_cast<int64_t>(parameters_.size())) {
    throw Failure(NERO_ERROR_NOT_FOUND,
                  text("there is no parameter %lld, only %zu", (long long)index, parameters_.size()));
  }
  const Placed &placed = parameters_[static_cast<size_t>(index)];
  const LayerParameter &p = placed.parameter;
  out = {sizeof out, p.matrix ? 1u : 0u, placed.layer, p.neurons, p.fan_in, p.weights, p.gradients};
}

void Network::run(int64_t count, bool backward, nero_nn_result &result) {
  require_planned();
  require_range("count", static_cast<double>(count), 1, static_cast<double>(options_.batch));
  for (int64_t i = 0; i < count; i++) {
    const int32_t label = labels_[static_cast<size_t>(i)];
    if (label < 0 || label >= width()) {
      throw Failure(NERO_ERROR_ARGUMENT, text("label %lld is %d, it must be within 0 and %lld", (long long)i, label,
                                              (long long)width() - 1));
    }
  }
  const Threads threads(options_.threads);
  for (const auto &layer : layers_) layer->forward(engine_);
  engine_.stream.wait();
  const Loss loss = softmax_cross_entropy(logits_, labels_.data(), width(), count, options_.batch,
                                          backward ? logit_gradients_ : nullptr);
  if (backward) {
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) (*layer)->backward(engine_);
    engine_.stream.wait();
  }
  result.correct = loss.correct;
  result.loss = loss.sum / static_cast<double>(count);
}

}  // namespace nero::nn
