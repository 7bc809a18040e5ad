package org.nero4j;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import org.nero4j.bindings.nero_error;

/// Turns a status and the caller-owned `nero_error` into a typed exception.
final class Errors {
  private Errors() {}

  static MemorySegment allocate(SegmentAllocator allocator) {
    MemorySegment error = nero_error.allocate(allocator);
    nero_error.struct_size(error, (int) nero_error.sizeof());
    return error;
  }

  static void check(int status, MemorySegment error) {
    if (status != 0) {
      throw exception(Status.of(status), error, List.of());
    }
  }

  static void check(int status, MemorySegment error, List<Parameter> parameters) {
    if (status != 0) {
      throw exception(Status.of(status), error, parameters);
    }
  }

  private static NeroException exception(
      Status status, MemorySegment error, List<Parameter> parameters) {
    String message = nero_error.message(error).getString(0);
    if (status == Status.DEGENERATE_NEURON) {
      int parameter = (int) nero_error.parameter(error);
      String name =
          parameter >= 0 && parameter < parameters.size() ? parameters.get(parameter).name() : "";
      return new DegenerateNeuronException(message, name, nero_error.neuron(error));
    }
    return of(status, message);
  }

  static NeroException of(Status status, String message) {
    return switch (status) {
      case NULL, ARGUMENT, OK, DEGENERATE_NEURON -> new InvalidArgumentException(status, message);
      case STRUCT_SIZE -> new AbiMismatchException(message);
      case SIZE -> new SizeMismatchException(status, message);
      case ALIGNMENT -> new AlignmentException(status, message);
      case OVERLAP -> new OverlapException(status, message);
      case DTYPE -> new UnsupportedTypeException(status, message);
      case DEVICE -> new DeviceException(status, message);
      case NOT_FOUND -> new NotFoundException(status, message);
      case BUSY -> new ConcurrentUseException(status, message);
      case SEQUENCE -> new SequenceException(status, message);
      case OUT_OF_MEMORY -> new OutOfNativeMemoryException(status, message);
      case UNSUPPORTED -> new UnsupportedException(status, message);
      case INTERNAL -> new InternalErrorException(status, message);
    };
  }

  static InvalidArgumentException argument(String message) {
    return new InvalidArgumentException(Status.ARGUMENT, message);
  }

  static <T> T notNull(T value, String name) {
    if (value == null) {
      throw new InvalidArgumentException(Status.NULL, name + " is null");
    }
    return value;
  }

  static ClosedException closed(String what) {
    return new ClosedException(Status.SEQUENCE, what + " is closed");
  }
}
