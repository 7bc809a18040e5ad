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

/// Of a kernel, its strides and its padding.
constexpr int64_t kMostKernel = 1 << 15;

nero_nn_options checked(const nero_nn_options &options) {
  require_range("threads", options.threads, 0, 1024);
  require_range("batch", static_cast<double>(options.batch), 1, kMostWidth);
  require_range("features", static_cast<double>(options.features), 1, kMostWidth);
  require_range("bfloat16", options.bfloat16, 0, 1);
  if (options.bfloat16 != 0 && !has_bfloat16()) {
    throw Failure(NERO_ERROR_UNSUPPORTED, "this processor does not multiply bfloat16 in tiles (AMX)");
  }
  if (options.height != 0 || options.width != 0) {
    require_range("height", static_cast<double>(options.height), 1, kMostWidth);
    require_range("width", static_cast<double>(options.width), 1, kMostWidth);
    if (options.features % (options.height * options.width) != 0) {
      throw Failure(NERO_ERROR_SIZE,
                    text("%lld features are no whole number of channels of %lld x %lld", (long long)options.features,
                         (long long)options.height, (long long)options.width));
    }
  }
  return options;
}

/// rows * columns floats must be a number that memory could hold.
void require_elements(const char *what, int64_t rows, int64_t columns) {
  if (columns <= kMostElements / rows) return;
  throw Failure(NERO_ERROR_SIZE, text("%s: %lld x %lld floats are more than %lld", what, (long long)rows,
                                      (long long)columns, (long long)kMostElements));
}

Engine make_engine(int64_t batch, bool bfloat16) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return {engine, dnnl::stream(engine), batch, bfloat16};
}

Shape input_shape(const nero_nn_options &o) {
  if (o.height == 0 && o.width == 0) return Shape::vector(o.features);
  return {o.features / (o.height * o.width), o.height, o.width, true};
}

}  // namespace

bool has_bfloat16() {
  const auto amx = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_amx);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & amx) == amx;
}

Network::Network(const nero_nn_options &options)
    : options_(checked(options)),
      threads_(options.threads > 0 ? options.threads : omp_get_num_procs()),
      engine_(make_engine(options.batch, options.bfloat16 != 0)),
      graph_(input_shape(options)) {
  require_elements("inputs", options.batch, options.features);
  inputs_ = Buffer(options.batch * options.features);
  labels_.resize(static_cast<size_t>(options.batch));
  taken_labels_.resize(labels_.size());
}

void Network::require_unplanned() const {
  if (plan_) throw Failure(NERO_ERROR_SEQUENCE, "the network is planned: its layers are fixed");
}

void Network::require_planned() const {
  if (!plan_) throw Failure(NERO_ERROR_SEQUENCE, "the network is not planned yet");
}

const Shape &Network::read(const char *name, int32_t tensor) const {
  require_unplanned();
  return graph_.tensor(name, tensor).shape;
}

const Shape &Network::read_vector(const char *layer, const char *name, int32_t tensor) const {
  const Shape &shape = read(name, tensor);
  if (!shape.image) return shape;
  throw Failure(NERO_ERROR_SIZE, text("%s reads a vector, tensor %d is an image of %s: flatten it first", layer, tensor,
                                      shape.words().c_str()));
}

const Shape &Network::read_image(const char *layer, int32_t tensor) const {
  const Shape &shape = read("input", tensor);
  if (shape.image) return shape;
  throw Failure(NERO_ERROR_SIZE,
                text("%s reads an image, tensor %d is a vector, %s", layer, tensor, shape.words().c_str()));
}

/// A window that lies within the image, and makes no more than memory could hold.
Window Network::within(const nero_nn_window &window, const Shape &image, int32_t tensor, bool pools) const {
  const auto number = [](const char *name, int64_t value, int64_t low) {
    require_range(name, static_cast<double>(value), static_cast<double>(low), static_cast<double>(kMostKernel));
    return value;
  };
  const Window w{number("kernel_height", window.kernel_height, 1),   number("kernel_width", window.kernel_width, 1),
                 number("stride_height", window.stride_height, 1),   number("stride_width", window.stride_width, 1),
                 number("padding_height", window.padding_height, 0), number("padding_width", window.padding_width, 0)};
  const auto fits = [&](const char *side, int64_t size, int64_t kernel, int64_t padding) {
    if (padding > (pools ? kernel / 2 : kernel - 1)) {
      throw Failure(NERO_ERROR_ARGUMENT, text("padding_%s is %lld, too much for a kernel of %lld", side,
                                              (long long)padding, (long long)kernel));
    }
    if (size + 2 * padding < kernel) {
      throw Failure(NERO_ERROR_SIZE, text("a kernel of %s %lld sees more than tensor %d and its padding have, %lld",
                                          side, (long long)kernel, tensor, (long long)(size + 2 * padding)));
    }
  };
  fits("height", image.height, w.kernel_height, w.padding_height);
  fits("width", image.width, w.kernel_width, w.padding_width);
  return w;
}

int32_t Network::add_linear(int32_t input, int64_t outputs, bool bias) {
  const int64_t width = read_vector("a linear layer", "input", input).channels;
  require_range("outputs", static_cast<double>(outputs), 1, kMostWidth);
  require_elements("weights", outputs, width);
  require_elements("outputs", outputs, options_.batch);
  return graph_.add(make_linear(width, outputs, bias), {input});
}

int32_t Network::add_relu(int32_t input, double scale) {
  const Shape &shape = read("input", input);
  require_range("scale", scale, 1e-30, 1e30);
  return graph_.add(make_relu(shape, static_cast<float>(scale)), {input});
}

int32_t Network::add_sum(int32_t first, int32_t second) {
  const Shape &shape = read("first", first);
  const Shape &other = read("second", second);
  if (!(shape == other)) {
    throw Failure(NERO_ERROR_SIZE, text("a sum needs one shape: tensor %d is %s, tensor %d is %s", first,
                                        shape.words().c_str(), second, other.words().c_str()));
  }
  return graph_.add(make_sum(shape), {first, second});
}

int32_t Network::add_convolution(int32_t input, const nero_nn_window &window, int64_t outputs, int64_t groups,
                                 bool bias) {
  const Shape &image = read_image("a convolution", input);
  const Window w = within(window, image, input, false);
  require_range("outputs", static_cast<double>(outputs), 1, kMostWidth);
  require_range("groups", static_cast<double>(groups), 1, kMostWidth);
  if (image.channels % groups != 0 || outputs % groups != 0) {
    throw Failure(NERO_ERROR_SIZE, text("%lld channels and %lld outputs do not both part into %lld groups",
                                        (long long)image.channels, (long long)outputs, (long long)groups));
  }
  const int64_t kernel = w.kernel_height * w.kernel_width;
  require_elements("weights", outputs, image.channels / groups * kernel);
  require_elements("outputs", w.over(image, outputs).floats(), options_.batch);
  return graph_.add(make_convolution(image, w, outputs, groups, bias), {input});
}

int32_t Network::add_max_pool(int32_t input, const nero_nn_window &window) {
  const Shape &image = read_image("a pool", input);
  return graph_.add(make_max_pool(image, within(window, image, input, true)), {input});
}

int32_t Network::add_average_pool(int32_t input, const nero_nn_window &window) {
  const Shape &image = read_image("a pool", input);
  return graph_.add(make_average_pool(image, within(window, image, input, true)), {input});
}

int32_t Network::add_global_average_pool(int32_t input) {
  const Shape &image = read_image("a pool", input);
  return graph_.add(make_average_pool(image, {image.height, image.width, 1, 1, 0, 0}), {input});
}

int32_t Network::add_batch_norm(int32_t input, double epsilon, double momentum) {
  const Shape &shape = read("input", input);
  require_range("epsilon", epsilon, 1e-12, 1);
  require_range("momentum", momentum, 0, 1);
  return graph_.add(make_batch_norm(shape, epsilon, momentum), {input});
}

int32_t Network::add_layer_norm(int32_t input, double epsilon) {
  const Shape &shape = read_vector("a layer norm", "input", input);
  require_range("epsilon", epsilon, 1e-12, 1);
  return graph_.add(make_layer_norm(shape.channels, epsilon), {input});
}

int32_t Network::add_dropout(int32_t input, double probability, uint64_t seed) {
  const Shape &shape = read("input", input);
  require_below("probability", probability, 0, 1);
  return graph_.add(make_dropout(shape, probability, seed), {input});
}

int32_t Network::add_flatten(int32_t input) {
  return graph_.add(make_flatten(read_image("a flatten", input)), {input});
}

int32_t Network::add_embedding(int32_t input, int64_t vocabulary, int64_t width) {
  const int64_t tokens = read_vector("an embedding", "input", input).channels;
  if (input != NERO_NN_INPUT) {
    throw Failure(NERO_ERROR_ARGUMENT, text("an embedding reads the network's input, not tensor %d", input));
  }
  require_range("vocabulary", static_cast<double>(vocabulary), 1, kMostWidth);
  require_range("width", static_cast<double>(width), 1, kMostWidth);
  require_elements("weights", vocabulary, width);
  require_elements("outputs", tokens * width, options_.batch);
  return graph_.add(make_embedding(tokens, vocabulary, width), {input});
}

void Network::add_loss(int32_t logits) {
  read_vector("the loss", "logits", logits);
  graph_.set_logits(logits);
}

void Network::plan() {
  require_unplanned();
  graph_.require_complete();
  const Threads threads(threads_);
  loss_ = SoftmaxCrossEntropy(options_.batch, classes());
  Plan plan(graph_, engine_, inputs_.data());
  std::vector<Placed> placed;
  std::vector<PlacedState> states;
  int64_t layer = 0;
  for (const Graph::Node &node : graph_.nodes()) {
    const auto parameters = node.layer->parameters();
    for (const LayerParameter &p : parameters) placed.push_back({p, layer});
    for (const LayerState &state : node.layer->states()) states.push_back({state, layer});
    if (!parameters.empty()) layer++;
  }
  parameters_ = std::move(placed);
  states_ = std::move(states);
  plan_.emplace(std::move(plan));
}

void Network::describe(nero_nn_buffers &buffers) const {
  require_planned();
  buffers.threads = threads_;
  buffers.classes = classes();
  buffers.parameters = static_cast<int64_t>(parameters_.size());
  buffers.states = static_cast<int64_t>(states_.size());
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
  int64_t count = 1;
  for (const int64_t extent : p.shape) count *= extent;
  const int64_t neurons = p.shape[0];
  out = {sizeof out,
         p.shape.size() > 1 ? 1u : 0u,
         placed.layer,
         neurons,
         count / neurons,
         p.weights,
         p.gradients,
         static_cast<uint32_t>(p.role),
         static_cast<uint32_t>(p.shape.size()),
         {0, 0, 0, 0}};
  std::copy(p.shape.begin(), p.shape.end(), out.shape);
}

void Network::describe(int64_t index, nero_nn_state &out) const {
  require_planned();
  if (index < 0 || index >= static_cast<int64_t>(states_.size())) {
    throw Failure(NERO_ERROR_NOT_FOUND,
                  text("there is no state %lld, there are %zu", (long long)index, states_.size()));
  }
  const PlacedState &placed = states_[static_cast<size_t>(index)];
  out = {sizeof out, static_cast<uint32_t>(placed.state.kind), placed.layer, placed.state.count, placed.state.values};
}

void Network::set_step(int64_t step) {
  if (step < 0) throw Failure(NERO_ERROR_ARGUMENT, text("step is %lld, it must be 0 or more", (long long)step));
  engine_.step = step;
}

/// Copied and then used from the copy alone: a label that is no class is an index out of bounds.
void Network::take_labels(int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const int32_t label = read_once(labels_[static_cast<size_t>(i)]);
    if (label < 0 || label >= classes()) {
      throw Failure(NERO_ERROR_ARGUMENT, text("label %lld is %d, it must be within 0 and %lld", (long long)i, label,
                                              (long long)classes() - 1));
    }
    taken_labels_[static_cast<size_t>(i)] = label;
  }
}

void Network::run(int64_t count, bool backward, nero_nn_result &result) {
  require_planned();
  require_range("count", static_cast<double>(count), 1, static_cast<double>(options_.batch));
  take_labels(count);
  for (const Graph::Node &node : graph_.nodes()) node.layer->take_inputs(count);
  engine_.training = backward;
  engine_.count = count;
  const Threads threads(threads_);
  if (backward) {
    // Their gradient is zero, but zero times what an earlier batch left there is only zero if that is finite.
    std::fill(inputs_.data() + count * options_.features, inputs_.data() + options_.batch * options_.features, 0.0f);
  }
  plan_->forward(engine_);
  const Loss loss =
      loss_.run(plan_->logits(), taken_labels_.data(), count, backward ? plan_->logit_gradients() : nullptr);
  if (backward) {
    plan_->backward(engine_);
    engine_.step++;
  }
  result.correct = loss.correct;
  result.loss = loss.sum / static_cast<double>(count);
}

}  // namespace nero::nn
