// Events: order and time, on the CPU, where what is recorded is reached.
#include <chrono>

#include "check.h"
#include "model.h"

namespace {

void time_passes_between_events() {
  nero_context *context = make_context(1);
  nero_event *from = nullptr, *to = nullptr;
  CHECK(nero_event_create(context, &from, nullptr) == NERO_OK && from != nullptr);
  CHECK(nero_event_create(context, &to, nullptr) == NERO_OK && to != nullptr && to != from);
  const auto before = std::chrono::steady_clock::now();
  CHECK(nero_event_record(from, nullptr) == NERO_OK);
  const auto after = std::chrono::steady_clock::now();
  // Half a millisecond at least: work that the clock cannot miss.
  while (std::chrono::steady_clock::now() - after < std::chrono::microseconds(500)) continue;
  CHECK(nero_event_record(to, nullptr) == NERO_OK);
  const std::chrono::duration<double, std::milli> most = std::chrono::steady_clock::now() - before;
  double milliseconds = -1, back = 1;
  CHECK(nero_event_synchronize(to, nullptr) == NERO_OK);
  CHECK(nero_event_elapsed(from, to, &milliseconds, nullptr) == NERO_OK);
  CHECK(milliseconds >= 0.5 && milliseconds <= most.count());
  CHECK(nero_event_elapsed(to, from, &back, nullptr) == NERO_OK && back == -milliseconds);
  CHECK(nero_event_elapsed(to, to, &back, nullptr) == NERO_OK && back == 0);
  // Recorded again it is another moment.
  CHECK(nero_event_record(from, nullptr) == NERO_OK);
  CHECK(nero_event_elapsed(from, to, &back, nullptr) == NERO_OK && back <= 0);
  nero_context *other = make_context(1);
  CHECK(nero_context_wait_event(other, to, nullptr) == NERO_OK);
  CHECK(nero_context_destroy(other, nullptr) == NERO_OK);
  CHECK(nero_event_destroy(from, nullptr) == NERO_OK && nero_event_destroy(to, nullptr) == NERO_OK);
  CHECK(nero_context_destroy(context, nullptr) == NERO_OK);
}

void mistakes_are_told() {
  nero_context *context = make_context(1);
  Message error;
  nero_event *event = nullptr;
  double milliseconds = 3;
  CHECK(nero_event_create(nullptr, &event, error) == NERO_ERROR_NULL && error.says("context"));
  CHECK(nero_event_create(context, nullptr, error) == NERO_ERROR_NULL && error.says("event"));
  CHECK(nero_event_create(context, &event, error) == NERO_OK);
  CHECK(nero_event_synchronize(event, error) == NERO_ERROR_SEQUENCE && error.says("event was never recorded"));
  CHECK(nero_event_elapsed(event, event, &milliseconds, error) == NERO_ERROR_SEQUENCE && error.says("from was never"));
  CHECK(nero_context_wait_event(context, event, error) == NERO_ERROR_SEQUENCE);
  CHECK(nero_event_record(event, error) == NERO_OK);
  nero_event *other = nullptr;
  CHECK(nero_event_create(context, &other, error) == NERO_OK);
  CHECK(nero_event_elapsed(event, other, &milliseconds, error) == NERO_ERROR_SEQUENCE && error.says("to was never"));
  CHECK(nero_event_elapsed(event, event, nullptr, error) == NERO_ERROR_NULL && error.says("milliseconds"));
  CHECK(nero_event_elapsed(nullptr, event, &milliseconds, error) == NERO_ERROR_NULL && error.says("from"));
  CHECK(milliseconds == 3);
  CHECK(nero_event_record(nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_event_synchronize(nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_context_wait_event(context, nullptr, error) == NERO_ERROR_NULL);
  CHECK(nero_context_wait_event(nullptr, event, error) == NERO_ERROR_NULL);
  CHECK(nero_context_wait_stream(context, nullptr, error) == NERO_OK);
  CHECK(nero_context_wait_stream(context, &error, error) == NERO_ERROR_ARGUMENT && error.says("stream"));
  CHECK(nero_context_wait_stream(nullptr, nullptr, error) == NERO_ERROR_NULL);
  uint64_t no_event[8] = {};
  auto *const fake = reinterpret_cast<nero_event *>(no_event);
  CHECK(nero_event_record(fake, error) == NERO_ERROR_ARGUMENT && error.says("event is none"));
  CHECK(nero_event_destroy(fake, error) == NERO_ERROR_ARGUMENT);
  CHECK(nero_context_destroy(context, error) == NERO_ERROR_SEQUENCE && error.says("2 events"));
  CHECK(nero_event_destroy(event, error) == NERO_OK && nero_event_destroy(other, error) == NERO_OK);
  CHECK(nero_event_destroy(nullptr, error) == NERO_OK);
  CHECK(nero_context_destroy(context, error) == NERO_OK);
}

}  // namespace

int main() {
  time_passes_between_events();
  mistakes_are_told();
  return nero_failures != 0;
}
