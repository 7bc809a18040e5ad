#include "nn/network.h"

#include <omp.h>

#include <algorithm>

#include "runtime/failure.h"

namespace nero::nn {

namespace {

/// oneDNN and our loops take their threads from the calling thread's setting, which is the caller's again afterwards.
class Threads {
 public:
  explicit Threads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~Threads() { omp_set_num_threads(before_); }
  Threads(const Threads &) = delete;
  Threads &operator=(const Threads &) = delete;

 private:
  int before_;
};

constexpr int64_t kMostWidth = 1 << 24;
constexpr int64_t kMostElements = int64_t{1} << 40;

nero_nn_options checked(const nero_nn_options &options) {
  require_range("threads", options.threads, 0, 1024);
  require_range("batch", static_cast<double>(options.batch), 1, kMostWidth);
  require_range("features", static_cast<double>(options.features), 1, kMostWidth);
  return options;
}

/// rows * columns floats must be a number that memory could hold.
void require_elements(const char *what, int64_t rows, int64_t columns) {
  if (columns <= kMostElements / rows) return;
  throw Failure(NERO_ERROR_SIZE, text("%s: %lld x %lld floats are more than %lld", what, (long long)rows,
                                      (long long)columns, (long long)kMostElements));
}

Engine make_engine(int64_t batch) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return {engine, dnnl::stream(engine), batch};
}

}  // namespace

Network::Network(const nero_nn_options &options)
    : options_(checked(options)),
      threads_(options.threads > 0 ? options.threads : omp_get_num_procs()),
      engine_(make_engine(options.batch)),
      graph_(options.features) {
  require_elements("inputs", options.batch, options.features);
  inputs_ = Buffer(options.batch * options.features);
  labels_.resize(static_cast<size_t>(options.batch));
}

void Network::require_unplanned() const {
  if (plan_) throw Failure(NERO_ERROR_SEQUENCE, "the network is planned: its layers are fixed");
}

void Network::require_planned() const {
  if (!plan_) throw Failure(NERO_ERROR_SEQUENCE, "the network is not planned yet");
}

int32_t Network::add_linear(int32_t input, int64_t outputs, bool bias) {
  require_unplanned();
  const int64_t width = graph_.tensor("input", input).width;
  require_range("outputs", static_cast<double>(outputs), 1, kMostWidth);
  require_elements("weights", outputs, width);
  require_elements("outputs", outputs, options_.batch);
  return graph_.add(make_linear(width, outputs, bias), {input});
}

int32_t Network::add_relu(int32_t input, double scale) {
  require_unplanned();
  const int64_t width = graph_.tensor("input", input).width;
  require_range("scale", scale, 1e-30, 1e30);
  return graph_.add(make_relu(width, static_cast<float>(scale)), {input});
}

int32_t Network::add_sum(int32_t first, int32_t second) {
  require_unplanned();
  const int64_t width = graph_.tensor("first", first).width;
  const int64_t other = graph_.tensor("second", second).width;
  if (width != other) {
    throw Failure(NERO_ERROR_SIZE, text("a sum needs one width: tensor %d is %lld wide, tensor %d is %lld wide", first,
                                        (long long)width, second, (long long)other));
  }
  return graph_.add(make_sum(width), {first, second});
}

void Network::add_loss(int32_t logits) {
  require_unplanned();
  graph_.set_logits(logits);
}

void Network::plan() {
  require_unplanned();
  graph_.require_complete();
  const Threads threads(threads_);
  loss_ = SoftmaxCrossEntropy(options_.batch, classes());
  Plan plan(graph_, engine_, inputs_.data());
  std::vector<Placed> placed;
  int64_t layer = 0;
  for (const Graph::Node &node : graph_.nodes()) {
    const auto parameters = node.layer->parameters();
    for (const LayerParameter &p : parameters) placed.push_back({p, layer});
    if (!parameters.empty()) layer++;
  }
  parameters_ = std::move(placed);
  plan_.emplace(std::move(plan));
}

void Network::describe(nero_nn_buffers &buffers) const {
  require_planned();
  buffers.threads = threads_;
  buffers.classes = classes();
  buffers.parameters = static_cast<int64_t>(parameters_.size());
  buffers.inputs = inputs_.data();
  buffers.labels = const_cast<int32_t *>(labels_.data());
  buffers.outputs = plan_->logits();
}

void Network::describe(int64_t index, nero_nn_parameter &out) const {
  require_planned();
  if (index < 0 || index >= static_cast<int64_t>(parameters_.size())) {
    throw Failure(NERO_ERROR_NOT_FOUND,
                  text("there is no parameter %lld, there are %zu", (long long)index, parameters_.size()));
  }
  const Placed &placed = parameters_[static_cast<size_t>(index)];
  const LayerParameter &p = placed.parameter;
  out = {sizeof out, p.matrix ? 1u : 0u, placed.layer, p.neurons, p.fan_in, p.weights, p.gradients};
}

void Network::require_labels(int64_t count) const {
  for (int64_t i = 0; i < count; i++) {
    const int32_t label = labels_[static_cast<size_t>(i)];
    if (label < 0 || label >= classes()) {
      throw Failure(NERO_ERROR_ARGUMENT, text("label %lld is %d, it must be within 0 and %lld", (long long)i, label,
                                              (long long)classes() - 1));
    }
  }
}

void Network::run(int64_t count, bool backward, nero_nn_result &result) {
  require_planned();
  require_range("count", static_cast<double>(count), 1, static_cast<double>(options_.batch));
  require_labels(count);
  const Threads threads(threads_);
  if (backward) {
    // Their gradient is zero, but zero times what an earlier batch left there is only zero if that is finite.
    std::fill(inputs_.data() + count * options_.features, inputs_.data() + options_.batch * options_.features, 0.0f);
  }
  plan_->forward(engine_);
  const Loss loss = loss_.run(plan_->logits(), labels_.data(), count, backward ? plan_->logit_gradients() : nullptr);
  if (backward) plan_->backward(engine_);
  result.correct = loss.correct;
  result.loss = loss.sum / static_cast<double>(count);
}

}  // namespace nero::nn
