// Streams, events and capture. All is done at once, unless PTXEMU_DEFERRED asks for as late as is allowed.
#include <map>

#include "core/settings.h"
#include "runtime/context.h"

namespace ptxemu {

namespace {

struct Objects {
  std::map<const void *, std::unique_ptr<Stream>> streams;
  std::map<const void *, std::unique_ptr<Event>> events;
  std::map<int, std::unique_ptr<Stream>> legacy;
  int capturing = 0;
};

Objects &objects() {
  static auto *all = new Objects;
  return *all;
}

template <class F>
void each_stream(int device, F &&f) {
  for (auto &[handle, s] : objects().streams) {
    if (s->device == device) f(*s);
  }
}

bool is_legacy(const Stream *s) {
  const auto it = objects().legacy.find(s->device);
  return it != objects().legacy.end() && it->second.get() == s;
}

int drain_to(Stream *s, u64 position) {
  int code = kSuccess;
  while (s->done < position && !s->queue.empty()) {
    const Operation o = std::move(s->queue.front());
    s->queue.pop_front();
    s->done++;
    if (const int e = o.run(); e != kSuccess && code == kSuccess) code = e;
  }
  return code;
}

}  // namespace

Stream *stream_of(const void *handle) {
  const auto number = reinterpret_cast<u64>(handle);
  if (number == 0 || number == 1) {
    auto &s = objects().legacy[current_device()];
    if (!s) {
      s = std::make_unique<Stream>();
      s->device = current_device();
    }
    return s.get();
  }
  if (number == 2) {
    thread_local Stream *own = make_stream(current_device(), true);
    return own;
  }
  const auto it = objects().streams.find(handle);
  return it == objects().streams.end() ? nullptr : it->second.get();
}

Stream *make_stream(int device, bool blocking) {
  auto s = std::make_unique<Stream>();
  s->device = device;
  s->blocking = blocking;
  Stream *made = s.get();
  objects().streams[made] = std::move(s);
  return made;
}

bool drop_stream(const void *handle) {
  const auto it = objects().streams.find(handle);
  if (it == objects().streams.end()) return false;
  // Its work is still done, as it would be on a device.
  drain(it->second.get());
  if (it->second->capture) objects().capturing--;
  for (auto &[h, e] : objects().events) {
    if (e->stream == it->second.get()) e->stream = nullptr;
  }
  objects().streams.erase(it);
  return true;
}

Event *event_of(const void *handle) {
  const auto it = objects().events.find(handle);
  return it == objects().events.end() ? nullptr : it->second.get();
}

Event *make_event(bool timed) {
  auto e = std::make_unique<Event>();
  e->timed = timed;
  e->at = std::make_shared<std::chrono::steady_clock::time_point>();
  Event *made = e.get();
  objects().events[made] = std::move(e);
  return made;
}

bool drop_event(const void *handle) { return objects().events.erase(handle) == 1; }

int submit(Stream *s, Operation::Kind kind, std::function<int()> run) {
  if (s->capture) {
    s->capture->graph.nodes.push_back({kind, std::move(run)});
    return kSuccess;
  }
  const bool legacy = is_legacy(s);
  if (legacy) {
    // A stream that captures in the legacy stream's shadow would have to wait for it: CUDA refuses.
    bool implicit = false;
    each_stream(s->device, [&](Stream &other) {
      if (other.capture && other.blocking && !other.capture->relaxed) {
        other.capture->invalid = true;
        implicit = true;
      }
    });
    if (implicit) return kCaptureImplicit;
  }
  if (!settings().deferred) return run();
  if (legacy) {
    int code = kSuccess;
    each_stream(s->device, [&](Stream &other) {
      if (other.blocking) code = std::max(code, drain(&other));
    });
    return code != kSuccess ? code : run();
  }
  s->queue.push_back({kind, std::move(run)});
  s->submitted++;
  return kSuccess;
}

int drain(Stream *s) { return drain_to(s, s->submitted); }

int drain_device(int device) {
  int code = kSuccess;
  each_stream(device, [&](Stream &s) {
    const int e = drain(&s);
    if (code == kSuccess) code = e;
  });
  return code;
}

int refuse_in_capture() {
  if (objects().capturing == 0) return kSuccess;
  bool refused = false;
  for (auto &[handle, s] : objects().streams) {
    if (s->capture && !s->capture->relaxed) {
      s->capture->invalid = true;
      refused = true;
    }
  }
  return refused ? kCaptureUnsupported : kSuccess;
}

int record_event(Event *e, Stream *s) {
  if (s->capture) {
    e->capture = s->capture;
    s->capture->joined.erase(s);
    return kSuccess;
  }
  e->capture.reset();
  e->stream = s;
  e->recorded = true;
  auto at = std::make_shared<std::chrono::steady_clock::time_point>();
  e->at = at;
  const int code = submit(s, Operation::Kind::Empty, [at] {
    *at = std::chrono::steady_clock::now();
    return int{kSuccess};
  });
  e->position = s->submitted;
  return code;
}

int wait_event(Stream *s, Event *e) {
  if (e->capture) {
    if (s->capture && s->capture != e->capture) return kInvalidValue;
    if (!s->capture) {
      objects().capturing++;
      s->capture = e->capture;
    }
    if (s != s->capture->origin) s->capture->joined.insert(s);
    return kSuccess;
  }
  if (s->capture) {
    s->capture->invalid = true;
    return kCaptureIsolation;
  }
  if (!e->recorded || !e->stream) return kSuccess;
  return submit(s, Operation::Kind::Empty,
                [from = e->stream, position = e->position] { return drain_to(from, position); });
}

int begin_capture(Stream *s, bool relaxed) {
  if (is_legacy(s)) return kCaptureUnsupported;
  if (s->capture) return kInvalidValue;
  s->capture = std::make_shared<Capture>();
  s->capture->relaxed = relaxed;
  s->capture->origin = s;
  objects().capturing++;
  return kSuccess;
}

int end_capture(Stream *s, Graph **graph) {
  *graph = nullptr;
  if (!s->capture) return kInvalidValue;
  const std::shared_ptr<Capture> c = s->capture;
  if (c->origin != s) return kCaptureUnmatched;
  for (auto &[handle, other] : objects().streams) {
    if (other->capture == c) {
      other->capture.reset();
      objects().capturing--;
    }
  }
  if (c->invalid) return kCaptureInvalidated;
  if (!c->joined.empty()) return kCaptureUnjoined;
  *graph = new Graph(c->graph);
  return kSuccess;
}

}  // namespace ptxemu
