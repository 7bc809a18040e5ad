package org.nero4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import org.nero4j.bindings.nero_context_options;
import org.nero4j.bindings.nero_device_info;
import org.nero4j.bindings.nero_h;

/// A processor that steps run on. Owns the memory, the events and the optimisers made on it, and
/// closes them with itself.
///
/// May be used from any thread; different optimisers of one device may step at the same time. Close
/// it: nothing else frees what it owns. `-Dorg.nero4j.leaks=true` logs each device that was dropped
/// unclosed, with the place where it was opened.
public final class Device implements AutoCloseable {
  private final DeviceInfo info;
  private final MemorySegment handle;
  private final Stream stream = new Stream(this);
  private final Uses uses = new Uses();
  private final LinkedHashSet<AutoCloseable> children = new LinkedHashSet<>();
  private final LeakReport leak;

  private Device(DeviceInfo info, MemorySegment handle) {
    this.info = info;
    this.handle = handle;
    leak = LeakReport.watch(this, toString());
  }

  /// The fastest device of this machine: the first CUDA device, else the CPU.
  public static Device best() {
    return NativeRuntime.describe().cudaDevices() > 0 ? cuda(0) : cpu();
  }

  /// The CPU, with all defaults.
  ///
  /// @throws LibraryLoadException if there is no native library, with every attempt to load one
  public static Device cpu() {
    return cpu(CpuSettings.defaults());
  }

  /// The CPU.
  ///
  /// @throws InvalidArgumentException if the number of threads is negative or above 1024
  /// @throws NotFoundException if this processor has no such SIMD level
  public static Device cpu(CpuSettings settings) {
    Errors.notNull(settings, "settings");
    return open(DeviceKind.CPU, 0, settings, MemorySegment.NULL);
  }

  /// A CUDA device by its number, with a stream of its own. Steps are queued there; what reads
  /// their results waits for them. Work of other streams is not waited for: gradients made on one
  /// must be there before a step, or that stream be given to [#cuda(int, MemorySegment)].
  ///
  /// @throws DeviceUnavailableException if there is none, with the reason
  public static Device cuda(int index) {
    return cuda(index, MemorySegment.NULL);
  }

  /// A CUDA device by its number, whose work is queued on a stream of the caller's.
  ///
  /// @param stream a `cudaStream_t`, which outlives the device; NULL: a stream of its own
  /// @throws DeviceUnavailableException if there is no such device, with the reason
  public static Device cuda(int index, MemorySegment stream) {
    Errors.notNull(stream, "stream");
    try {
      return open(DeviceKind.CUDA, index, CpuSettings.defaults(), stream);
    } catch (DeviceException e) {
      throw new DeviceUnavailableException(e.status(), e.getMessage());
    }
  }

  /// All devices of this machine.
  public static List<DeviceInfo> list() {
    NativeRuntime.describe();
    List<DeviceInfo> all = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      for (DeviceKind kind : DeviceKind.values()) {
        Errors.check(nero_h.nero_device_count(kind.ordinal(), count, error), error);
        for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
          all.add(describe(kind, i, arena, error));
        }
      }
    }
    return List.copyOf(all);
  }

  private static DeviceInfo describe(DeviceKind kind, int index, Arena arena, MemorySegment error) {
    MemorySegment info = nero_device_info.allocate(arena);
    nero_device_info.struct_size(info, (int) nero_device_info.sizeof());
    Errors.check(nero_h.nero_device_describe(kind.ordinal(), index, info, error), error);
    return new DeviceInfo(
        kind,
        index,
        nero_device_info.name(info).getString(0),
        nero_device_info.multiprocessors(info),
        nero_device_info.memory_bytes(info));
  }

  private static Device open(
      DeviceKind kind, int index, CpuSettings settings, MemorySegment stream) {
    NativeRuntime.describe();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment options = nero_context_options.allocate(arena);
      nero_context_options.struct_size(options, (int) nero_context_options.sizeof());
      nero_context_options.device_kind(options, kind.ordinal());
      nero_context_options.device_index(options, index);
      nero_context_options.threads(options, settings.threads());
      nero_context_options.stream(options, stream);
      nero_context_options.cpu_level(
          options,
          settings.level() == null ? MemorySegment.NULL : arena.allocateFrom(settings.level()));
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      Errors.check(nero_h.nero_context_create(options, out, error), error);
      MemorySegment handle = out.get(ValueLayout.ADDRESS, 0);
      return new Device(describe(kind, index, arena, error), handle);
    }
  }

  /// The device's kind.
  public DeviceKind kind() {
    return info.kind();
  }

  /// The device's description.
  public DeviceInfo info() {
    return info;
  }

  /// The stream on which work of this device is done.
  public Stream stream() {
    return stream;
  }

  /// Zeroed memory of this device, aligned to 64 bytes. It may be used on any CUDA stream from here
  /// on: the call waits for the work that this device was given before.
  ///
  /// @throws OutOfNativeMemoryException if there is not so much
  public DeviceMemory allocate(long bytes) {
    if (bytes < 0) {
      throw Errors.argument("bytes is %d, it must be 0 or more".formatted(bytes));
    }
    return child(
        (out, error) -> nero_h.nero_memory_allocate(handle, bytes, out, error),
        address -> DeviceMemory.owned(this, address.address(), bytes));
  }

  /// A native call that hands out an address or a handle.
  @FunctionalInterface
  private interface Maker {
    int make(MemorySegment out, MemorySegment error);
  }

  /// What is made of what a native call hands out, and closed with the device.
  private <T extends AutoCloseable> T child(Maker maker, Function<MemorySegment, T> wrap) {
    enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
      Errors.check(maker.make(out, error), error);
      T made = wrap.apply(out.get(ValueLayout.ADDRESS, 0));
      adopt(made);
      return made;
    } finally {
      leave();
    }
  }

  /// Zeroed memory for this many floats.
  public DeviceMemory allocateFloats(long count) {
    if (count < 0 || count > Long.MAX_VALUE / 4) {
      throw Errors.argument("count is %d, it must be 0 to %d".formatted(count, Long.MAX_VALUE / 4));
    }
    return allocate(count * 4);
  }

  /// Zeroed memory of the host, aligned to 64 bytes, for copies that this device makes by itself;
  /// with CUDA it is pinned, of which a system has little to give.
  ///
  /// @throws OutOfNativeMemoryException if there is not so much
  public HostMemory allocateHost(long bytes) {
    if (bytes < 0) {
      throw Errors.argument("bytes is %d, it must be 0 or more".formatted(bytes));
    }
    return child(
        (out, error) -> nero_h.nero_memory_allocate_host(handle, bytes, out, error),
        address -> new HostMemory(this, address.address(), bytes));
  }

  /// An event, not recorded yet, in the order of this device's work.
  public Event event() {
    return child(
        (out, error) -> nero_h.nero_event_create(handle, out, error),
        event -> new Event(this, event));
  }

  void waitFor(Event event) {
    Errors.notNull(event, "event");
    enter();
    try {
      event.call((its, error) -> nero_h.nero_context_wait_event(handle, its, error));
    } finally {
      leave();
    }
  }

  void waitForStream(MemorySegment stream) {
    Errors.notNull(stream, "stream");
    enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(nero_h.nero_context_wait_stream(handle, stream, error), error);
    } finally {
      leave();
    }
  }

  void synchronize() {
    enter();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = Errors.allocate(arena);
      Errors.check(nero_h.nero_context_synchronize(handle, error), error);
    } finally {
      leave();
    }
  }

  /// The context; for those who entered, and for children, which are closed before it is destroyed.
  MemorySegment handle() {
    return handle;
  }

  /// Keeps the device open until [#leave].
  ///
  /// @throws ClosedException if it is closed
  void enter() {
    if (!uses.enter()) {
      throw Errors.closed("device " + info.name());
    }
  }

  void leave() {
    uses.leave();
  }

  /// Takes a child that its caller makes between [#enter] and [#leave].
  void adopt(AutoCloseable child) {
    synchronized (children) {
      children.add(child);
    }
  }

  void release(AutoCloseable child) {
    synchronized (children) {
      children.remove(child);
    }
  }

  /// Whether this device is closed.
  public boolean isClosed() {
    return uses.isClosed();
  }

  /// Closes optimisers, memory and events made on this device, newest first, then the device.
  /// Closing twice does nothing.
  ///
  /// @throws ConcurrentUseException if another thread is using the device or one of its optimisers;
  ///   what is not in use is closed, and the device can be closed later
  @Override
  public void close() {
    if (!uses.close()) {
      if (uses.isClosed()) {
        return;
      }
      throw new ConcurrentUseException(Status.BUSY, "another thread is using device " + this);
    }
    // From here on nobody enters: no child is added, and no call is inside.
    try {
      closeChildren();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment error = Errors.allocate(arena);
        Errors.check(nero_h.nero_context_destroy(handle, error), error);
      }
    } catch (RuntimeException e) {
      uses.reopen();
      throw e;
    }
    if (leak != null) {
      leak.closed();
    }
  }

  private void closeChildren() {
    List<AutoCloseable> open;
    synchronized (children) {
      open = new ArrayList<>(children.reversed());
    }
    // Optimisers first: memory that one of them steps is not freed.
    open.sort((a, b) -> Boolean.compare(b instanceof Optimizer, a instanceof Optimizer));
    RuntimeException failure = null;
    for (AutoCloseable child : open) {
      try {
        child.close();
      } catch (Exception e) {
        RuntimeException unchecked =
            e instanceof RuntimeException r ? r : new IllegalStateException(e);
        if (failure == null) {
          failure = unchecked;
        } else {
          failure.addSuppressed(unchecked);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public String toString() {
    return info.kind() + " " + info.index() + " (" + info.name() + ")";
  }
}
