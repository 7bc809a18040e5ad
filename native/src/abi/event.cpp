#include "abi/guard.h"

using namespace nero;

nero_status nero_event_create(nero_context *context, nero_event **event, nero_error *error) {
  return guarded(error, [&] {
    nero_event *&out = required(event, "event");
    Context &c = valid(context);
    out = new nero_event{kEventMagic, c, c.backend().event()};
    c.events()++;
  });
}

nero_status nero_event_destroy(nero_event *event, nero_error *error) {
  return guarded(error, [&] {
    if (event == nullptr) return;
    valid(event, "event").context.events()--;
    event->magic = 0;
    delete event;
  });
}

nero_status nero_event_record(nero_event *event, nero_error *error) {
  return guarded(error, [&] { valid(event, "event").event->record(); });
}

nero_status nero_event_synchronize(nero_event *event, nero_error *error) {
  return guarded(error, [&] { recorded(event, "event").synchronize(); });
}

nero_status nero_event_elapsed(nero_event *from, nero_event *to, double *milliseconds, nero_error *error) {
  return guarded(error, [&] {
    double &out = required(milliseconds, "milliseconds");
    Event &first = recorded(from, "from");
    out = recorded(to, "to").since(first);
  });
}

nero_status nero_context_wait_event(nero_context *context, nero_event *event, nero_error *error) {
  return guarded(error, [&] { valid(context).backend().wait_for(recorded(event, "event")); });
}

nero_status nero_context_wait_stream(nero_context *context, void *stream, nero_error *error) {
  return guarded(error, [&] { valid(context).backend().wait_for_stream(stream); });
}
