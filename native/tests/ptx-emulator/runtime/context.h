// What both APIs share: errors, devices, streams, events, graphs. One lock guards it all, kernels included.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/fault.h"
#include "sched/launch.h"

namespace ptxemu {

std::recursive_mutex &api_mutex();

/// Every API function's work: under the lock, refused after a fault, its error remembered for the calling thread.
int guarded(const std::function<int()> &work);
/// The same for what also works after a fault: errors, devices, releasing.
int always(const std::function<int()> &work);
int last_error(bool clear);
/// The fault that the process is left with, and its text.
int sticky_error();
std::string last_fault_text();
void set_fault(const LaunchResult &r);
void clear_fault();

int current_device();
int set_current_device(int device);

struct Operation {
  enum class Kind : u8 { Kernel, Copy, Set, Host, Empty };
  Kind kind = Kind::Empty;
  std::function<int()> run;
};

struct Graph {
  std::vector<Operation> nodes;
};

/// A graph under capture, and the streams that record into it.
struct Capture {
  Graph graph;
  bool invalid = false;
  bool relaxed = false;
  const void *origin = nullptr;
  std::set<const void *> joined;  ///< by an event; must come back by one
};

struct Stream {
  int device = 0;
  bool blocking = true;  ///< waits for the legacy stream, and is waited for
  std::deque<Operation> queue;
  u64 submitted = 0, done = 0;
  std::shared_ptr<Capture> capture;
};

struct Event {
  Stream *stream = nullptr;
  u64 position = 0;
  bool recorded = false;
  bool timed = true;
  std::shared_ptr<std::chrono::steady_clock::time_point> at;
  std::shared_ptr<Capture> capture;
};

/// The stream that a handle names: null and 1 are the device's legacy stream, 2 the thread's own. Null: no such.
Stream *stream_of(const void *handle);
Stream *make_stream(int device, bool blocking);
bool drop_stream(const void *handle);
Event *event_of(const void *handle);
Event *make_event(bool timed);
bool drop_event(const void *handle);

/// Runs it, queues it (PTXEMU_DEFERRED) or records it (capture).
int submit(Stream *s, Operation::Kind kind, std::function<int()> run);
int drain(Stream *s);
int drain_device(int device);
/// kSuccess, or why a synchronising call is refused while a capture is under way.
int refuse_in_capture();
int record_event(Event *e, Stream *s);
int wait_event(Stream *s, Event *e);
int begin_capture(Stream *s, bool relaxed);
int end_capture(Stream *s, Graph **graph);

/// Copies between host and device after checking both ends. kind: 0 host-host, 1 host-device, 2 device-host,
/// 3 device-device, 4 by the pointers.
int check_copy(const void *to, const void *from, u64 bytes, int kind);
int copy_bytes(void *to, const void *from, u64 bytes, int kind);
int set_bytes(void *to, int value, u64 bytes);
/// Bytes of the host's or the emulator's view of the device's.
u8 *any_view(const void *p, u64 bytes);

/// A kernel's launch with its arguments already packed.
struct KernelCall {
  const Function *function = nullptr;
  Dim3 grid, block;
  u64 shared = 0;
  std::vector<u8> parameters;
  bool cooperative = false;
};
std::vector<u8> packed_arguments(const Function &f, void **args);
int launch_on(Stream *s, KernelCall call);

/// By the runtime's numbers; the driver's are the same.
int device_attribute(int attribute, int device);

}  // namespace ptxemu
