// Streams, events and capture, below the API.
#include "../../check.h"
#include "core/settings.h"
#include "runtime/context.h"

using namespace ptxemu;

namespace {

auto append(std::string *log, char c) {
  return [log, c] {
    *log += c;
    return int{kSuccess};
  };
}

void capture_records() {
  Stream *s = make_stream(0, false);
  std::string log;
  CHECK(begin_capture(s, false) == kSuccess && begin_capture(s, false) == kInvalidValue);
  CHECK(submit(s, Operation::Kind::Kernel, append(&log, 'a')) == kSuccess);
  CHECK(submit(s, Operation::Kind::Set, append(&log, 'b')) == kSuccess);
  CHECK(log.empty());
  Graph *g = nullptr;
  CHECK(end_capture(s, &g) == kSuccess && g->nodes.size() == 2 && log.empty());
  for (const Operation &o : g->nodes) CHECK(o.run() == kSuccess);
  CHECK(log == "ab");
  delete g;
  CHECK(begin_capture(s, false) == kSuccess);
  CHECK(refuse_in_capture() == kCaptureUnsupported);
  CHECK(end_capture(s, &g) == kCaptureInvalidated && refuse_in_capture() == kSuccess);
  CHECK(begin_capture(stream_of(nullptr), false) == kCaptureUnsupported);
  CHECK(drop_stream(s) && !drop_stream(s));
}

/// Another stream joins by an event and must come back by one.
void capture_joins() {
  Stream *s = make_stream(0, false), *t = make_stream(0, false);
  Event *fork = make_event(false), *join = make_event(false);
  Graph *g = nullptr;
  for (const bool joined : {true, false}) {
    std::string log;
    CHECK(begin_capture(s, false) == kSuccess);
    CHECK(record_event(fork, s) == kSuccess && wait_event(t, fork) == kSuccess);
    submit(t, Operation::Kind::Kernel, append(&log, 'x'));
    if (joined) CHECK(record_event(join, t) == kSuccess && wait_event(s, join) == kSuccess);
    CHECK(end_capture(s, &g) == (joined ? kSuccess : kCaptureUnjoined));
    if (joined) CHECK(g->nodes.size() == 1);
    delete g;
    CHECK(!t->capture && log.empty());
  }
  drop_event(fork);
  drop_event(join);
  drop_stream(s);
  drop_stream(t);
}

/// As late as is allowed: what does not wait is seen.
void deferred() {
  settings().deferred = true;
  Stream *s = make_stream(0, false), *t = make_stream(0, true);
  Event *e = make_event(true);
  std::string log;
  submit(s, Operation::Kind::Host, append(&log, 'a'));
  CHECK(record_event(e, s) == kSuccess);
  submit(s, Operation::Kind::Host, append(&log, 'b'));
  CHECK(log.empty());
  CHECK(wait_event(t, e) == kSuccess);
  submit(t, Operation::Kind::Host, append(&log, 'c'));
  CHECK(drain(t) == kSuccess && log == "ac");
  submit(t, Operation::Kind::Host, append(&log, 'd'));
  // The legacy stream waits for the blocking stream, not for the other.
  submit(stream_of(nullptr), Operation::Kind::Host, append(&log, 'e'));
  CHECK(log == "acde");
  CHECK(drain_device(0) == kSuccess && log == "acdeb");
  drop_event(e);
  drop_stream(s);
  drop_stream(t);
  settings().deferred = false;
}

void copies() {
  DeviceMemory &memory = DeviceMemory::instance();
  void *d = reinterpret_cast<void *>(memory.allocate(64, 0));
  char host[64] = "from the host", back[64] = "";
  CHECK(copy_bytes(d, host, 64, 1) == kSuccess && copy_bytes(back, d, 64, 2) == kSuccess);
  CHECK(std::string(back) == host);
  CHECK(copy_bytes(d, host, 64, 2) == kInvalidValue);
  CHECK(copy_bytes(back, host, 64, 1) == kInvalidValue);
  CHECK(copy_bytes(d, host, 65, 1) == kInvalidValue);
  CHECK(copy_bytes(d, host, 64, 4) == kSuccess);
  CHECK(copy_bytes(d, host, 64, 7) == kInvalidMemcpyDirection);
  CHECK(set_bytes(d, 7, 65) == kInvalidValue && set_bytes(host, 7, 1) == kInvalidValue &&
        set_bytes(d, 7, 64) == kSuccess);
  memory.release(reinterpret_cast<u64>(d));
  CHECK(copy_bytes(back, d, 64, 4) == kInvalidValue);
}

}  // namespace

int main() {
  settings().quiet = true;
  capture_records();
  capture_joins();
  deferred();
  copies();
  return nero_failures != 0;
}
