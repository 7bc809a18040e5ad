// Parameters that are wrong get their status and a message that names parameter and numbers; no weight has changed.
#include <functional>
#include <memory>

#include "check.h"
#include "model.h"

namespace {

nero_context *context;
nero_error error;

bool says(const std::string &text) { return std::strstr(error.message, text.c_str()) != nullptr; }

/// Creates Nero over the model once spoil has had it; the second parameter, 7 x 13, is the one to spoil.
nero_status create(const std::function<void(std::vector<nero_parameter> &)> &spoil, nero_layout layout = NERO_ROWS) {
  Model model(layout);
  model.parameters[1].name = "fc1.weight";
  spoil(model.parameters);
  const auto before = model.weights;
  error = {};
  error.struct_size = sizeof error;
  nero_optimizer *optimizer = make_optimizer(context, NERO_KIND_NERO, model.parameters, nullptr, &error);
  CHECK(optimizer != nullptr || model.weights == before);
  CHECK((optimizer != nullptr) == (error.status == NERO_OK));
  CHECK(nero_optimizer_destroy(optimizer, nullptr) == NERO_OK);
  return error.status;
}

template <class T>
T *moved(T *address, int64_t bytes) {
  return reinterpret_cast<T *>(reinterpret_cast<uint64_t>(address) + static_cast<uint64_t>(bytes));
}

void sizes() {
  CHECK(create([](auto &p) { p[1].gradients_bytes -= 4; }) == NERO_ERROR_SIZE);
  CHECK(says("gradients 'fc1.weight': 91 elements of f32 need 364 bytes, the segment has 360"));
  CHECK(error.parameter == 1 && error.neuron == -1);
  CHECK(create([](auto &p) { p[1].weights_bytes += 1; }) == NERO_ERROR_SIZE && says("weights") && says("365"));
  CHECK(create([](auto &p) { p[1].neurons = INT64_MAX; }) == NERO_ERROR_SIZE && says("9223372036854775807 x 13"));
  CHECK(create([](auto &p) { p[1].neurons = p[1].fan_in = int64_t{1} << 32; }) == NERO_ERROR_SIZE);
  CHECK(create([](auto &p) { p[1].neurons = -1; }) == NERO_ERROR_SIZE && says("-1"));
  CHECK(create([](auto &p) { p[1].fan_in = -13; }) == NERO_ERROR_SIZE && says("-13"));
  CHECK(create([](auto &p) { p[1].layout = NERO_VECTOR; }) == NERO_ERROR_SIZE && says("7 x 13"));
  // Neurons without weights have state nevertheless, and no machine has room for that of so many.
  const auto status = create([](auto &p) {
    p[0].fan_in = 0;
    p[0].neurons = INT64_MAX / 16;
  });
  CHECK(status == NERO_ERROR_OUT_OF_MEMORY);
  CHECK(create([](auto &p) { p[0].neurons = 3, p[0].fan_in = 0; }) == NERO_OK);
}

void addresses() {
  CHECK(create([](auto &p) { p[1].weights = nullptr; }) == NERO_ERROR_NULL && says("weights 'fc1.weight': NULL"));
  CHECK(create([](auto &p) { p[1].gradients = nullptr; }) == NERO_OK);
  for (const int64_t off : {1, 2, 3}) {
    CHECK(create([&](auto &p) { p[1].weights = moved(p[1].weights, off); }) == NERO_ERROR_ALIGNMENT);
    CHECK(says(std::to_string(off) + " past a multiple of 4"));
    CHECK(create([&](auto &p) { p[1].gradients = moved(p[1].gradients, off); }) == NERO_ERROR_ALIGNMENT);
  }
  CHECK(create([](auto &p) { p[1].weights = moved(static_cast<float *>(nullptr), -64); }) == NERO_ERROR_SIZE);
  CHECK(says("address space"));
}

void overlaps() {
  CHECK(create([](auto &p) { p[1].gradients = p[1].weights; }) == NERO_ERROR_OVERLAP && says("364 bytes"));
  CHECK(create([](auto &p) { p[1].gradients = p[1].weights + 90; }) == NERO_ERROR_OVERLAP && says("share 4 bytes"));
  CHECK(create([](auto &p) { p[1].weights = p[2].weights + 1000; }) == NERO_ERROR_OVERLAP && says("parameter 2"));
  CHECK(says("fc1.weight"));
  CHECK(create([](auto &p) { p[9].weights = const_cast<float *>(p[6].gradients) + 39000; }) == NERO_ERROR_OVERLAP);
  // Adjacent is apart; two parameters may have one gradient.
  CHECK(create([](auto &p) {
          p[1].weights = p[2].weights;
          p[2].neurons -= 1;
          p[2].weights += 129;
          p[2].weights_bytes = p[2].gradients_bytes -= 129 * 4;
        }) == NERO_OK);
  CHECK(create([](auto &p) { p[1].gradients = p[2].gradients + 5; }) == NERO_OK);
}

void values() {
  CHECK(create([](auto &p) { p[1].dtype = NERO_F64; }) == NERO_ERROR_DTYPE && says("fc1.weight"));
  CHECK(create([](auto &p) { p[1].layout = static_cast<nero_layout>(3); }) == NERO_ERROR_ARGUMENT && says("layout"));
  for (const double wrong : {-1.0, double{NAN}, double{INFINITY}}) {
    CHECK(create([&](auto &p) { p[1].learning_rate_factor = wrong; }) == NERO_ERROR_ARGUMENT);
    CHECK(says("learning_rate_factor"));
    CHECK(create([&](auto &p) { p[1].weight_decay_factor = wrong; }) == NERO_ERROR_ARGUMENT);
    CHECK(says("weight_decay_factor"));
    CHECK(create([&](auto &p) { p[1].scale = wrong; }) == NERO_ERROR_ARGUMENT && says("scale"));
  }
}

/// Nothing is read of a struct whose size is not known: its name may be anything.
void structs() {
  CHECK(create([](auto &p) {
          p[1].struct_size = 4;
          p[1].name = reinterpret_cast<const char *>(uint64_t{8});
        }) == NERO_ERROR_STRUCT_SIZE);
  CHECK(says("nero_parameter 1") && says("is 4") && says(std::to_string(sizeof(nero_parameter))));
  const std::string longest(10000, 'n');
  CHECK(create([&](auto &p) {
          p[1].name = longest.c_str();
          p[1].weights_bytes = 360;
        }) == NERO_ERROR_SIZE);
  CHECK(says("nnn...'") && says("364") && says("360"));
  CHECK(create([&](auto &p) {
          p[1].name = nullptr;
          p[1].weights_bytes = 360;
        }) == NERO_ERROR_SIZE);
  CHECK(says("parameter 1"));
}

void calls() {
  const Hypers h;
  const Model model;
  nero_optimizer *optimizer = nullptr;
  const auto make = [&](nero_context *c, const void *hyper, const nero_parameter *p, int64_t n, nero_optimizer **out) {
    return nero_optimizer_create(c, NERO_KIND_ADAM, hyper, nullptr, p, n, out, &error);
  };
  CHECK(make(nullptr, &h.adam, nullptr, 0, &optimizer) == NERO_ERROR_NULL && says("context"));
  CHECK(make(context, nullptr, nullptr, 0, &optimizer) == NERO_ERROR_NULL && says("hyper"));
  CHECK(make(context, &h.adam, nullptr, 1, &optimizer) == NERO_ERROR_NULL && says("parameters"));
  CHECK(make(context, &h.adam, nullptr, 0, nullptr) == NERO_ERROR_NULL && says("optimizer"));
  CHECK(make(context, &h.adam, model.parameters.data(), -1, &optimizer) == NERO_ERROR_ARGUMENT && says("-1"));
  CHECK(optimizer == nullptr);
  CHECK(make(context, &h.adam, nullptr, 0, &optimizer) == NERO_OK);
  nero_step_report report = empty_report();
  CHECK(step(optimizer, &report) == NERO_OK && report.parameters_stepped == 0);
  CHECK(nero_context_destroy(context, &error) == NERO_ERROR_SEQUENCE && says("1 optimiser"));
  CHECK(nero_optimizer_destroy(optimizer, nullptr) == NERO_OK);
  CHECK(nero_optimizer_destroy(nullptr, nullptr) == NERO_OK);
}

}  // namespace

int main() {
  context = make_context(1);
  CHECK(create([](auto &) {}) == NERO_OK);
  sizes();
  addresses();
  overlaps();
  values();
  structs();
  error = {};
  error.struct_size = sizeof error;
  calls();
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
  return nero_failures != 0;
}
