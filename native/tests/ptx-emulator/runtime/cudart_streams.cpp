// Streams, events, capture, graphs.
#include "core/counters.h"
#include "runtime/api.h"

using namespace ptxemu;

namespace {

int make(cudaStream_t *stream, bool blocking) {
  *stream = reinterpret_cast<cudaStream_t>(make_stream(current_device(), blocking));
  return kSuccess;
}

/// Waiting for a stream that captures is an error, and ends its capture.
int synchronize(Stream *s) {
  if (s->capture) {
    s->capture->invalid = true;
    return kCaptureUnsupported;
  }
  if (const int e = drain(s)) return e;
  return sticky_error();
}

const Graph *graph_of(const void *handle) { return static_cast<const Graph *>(handle); }

}  // namespace

extern "C" {

cudaError_t cudaStreamCreate(cudaStream_t *stream) {
  return api([&] { return make(stream, true); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) {
  return api([&] { return make(stream, !(flags & cudaStreamNonBlocking)); });
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned flags, int) {
  return cudaStreamCreateWithFlags(stream, flags);
}

cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
  if (least) *least = 0;
  if (greatest) *greatest = 0;
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return api_always([&] { return drop_stream(stream) ? kSuccess : kInvalidHandle; });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) { return on_stream(stream, synchronize); }

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return on_stream(stream, [](Stream *s) -> int { return s->queue.empty() ? kSuccess : int{kNotReady}; });
}

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned *flags) {
  return on_stream(stream, [&](Stream *s) {
    *flags = s->blocking ? cudaStreamDefault : cudaStreamNonBlocking;
    return int{kSuccess};
  });
}

cudaError_t cudaStreamGetDevice(cudaStream_t stream, int *device) {
  return on_stream(stream, [&](Stream *s) {
    *device = s->device;
    return int{kSuccess};
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  return on_stream(stream, [&](Stream *s) -> int {
    Event *e = event_of(event);
    return e ? wait_event(s, e) : int{kInvalidHandle};
  });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) {
  return api([&] {
    *event = reinterpret_cast<cudaEvent_t>(make_event(!(flags & cudaEventDisableTiming)));
    return kSuccess;
  });
}

cudaError_t cudaEventCreate(cudaEvent_t *event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return api_always([&] { return drop_event(event) ? kSuccess : kInvalidHandle; });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    Event *e = event_of(event);
    return e ? record_event(e, s) : int{kInvalidHandle};
  });
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned) {
  return cudaEventRecord(event, stream);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return api([&]() -> int {
    Event *e = event_of(event);
    if (!e) return kInvalidHandle;
    if (e->capture) return kCaptureUnsupported;
    return e->stream ? drain(e->stream) : kSuccess;
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return api([&]() -> int {
    Event *e = event_of(event);
    if (!e) return kInvalidHandle;
    return e->stream && e->stream->done < e->position ? int{kNotReady} : int{kSuccess};
  });
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to) {
  return api([&]() -> int {
    Event *a = event_of(from), *b = event_of(to);
    if (!a || !b || !a->timed || !b->timed || !a->recorded || !b->recorded) return kInvalidHandle;
    for (const Event *e : {a, b}) {
      if (e->stream && e->stream->done < e->position) return kNotReady;
    }
    *milliseconds = std::chrono::duration<float, std::milli>(*b->at - *a->at).count();
    return kSuccess;
  });
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return on_stream(stream, [&](Stream *s) { return begin_capture(s, mode == cudaStreamCaptureModeRelaxed); });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  return on_stream(stream, [&](Stream *s) { return end_capture(s, reinterpret_cast<Graph **>(graph)); });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status) {
  return on_stream(stream, [&](Stream *s) {
    *status = !s->capture           ? cudaStreamCaptureStatusNone
              : s->capture->invalid ? cudaStreamCaptureStatusInvalidated
                                    : cudaStreamCaptureStatusActive;
    return int{kSuccess};
  });
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode *mode) {
  thread_local cudaStreamCaptureMode current = cudaStreamCaptureModeGlobal;
  std::swap(*mode, current);
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count) {
  return api([&] {
    const std::vector<Operation> &all = graph_of(graph)->nodes;
    if (!nodes) {
      *count = all.size();
      return kSuccess;
    }
    for (size_t i = 0; i < *count; i++) {
      nodes[i] = i < all.size() ? reinterpret_cast<cudaGraphNode_t>(const_cast<Operation *>(&all[i])) : nullptr;
    }
    *count = std::min(*count, all.size());
    return kSuccess;
  });
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType *type) {
  return api([&] {
    switch (reinterpret_cast<const Operation *>(node)->kind) {
      case Operation::Kind::Kernel:
        *type = cudaGraphNodeTypeKernel;
        break;
      case Operation::Kind::Copy:
        *type = cudaGraphNodeTypeMemcpy;
        break;
      case Operation::Kind::Set:
        *type = cudaGraphNodeTypeMemset;
        break;
      case Operation::Kind::Host:
        *type = cudaGraphNodeTypeHost;
        break;
      default:
        *type = cudaGraphNodeTypeEmpty;
    }
    return kSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long) {
  return api([&] {
    *exec = reinterpret_cast<cudaGraphExec_t>(new Graph(*graph_of(graph)));
    return kSuccess;
  });
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags) {
  return cudaGraphInstantiate(exec, graph, flags);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  return on_stream(stream, [&](Stream *s) -> int {
    if (!exec) return kInvalidValue;
    if (!s->capture) Report::instance().add_graph_launch();
    for (const Operation &o : graph_of(exec)->nodes) {
      if (const int e = submit(s, o.kind, o.run)) return e;
    }
    return kSuccess;
  });
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t) { return exec ? cudaSuccess : cudaErrorInvalidValue; }

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  return api_always([&] {
    delete graph_of(exec);
    return kSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return api_always([&] {
    delete graph_of(graph);
    return kSuccess;
  });
}

}  // extern "C"
