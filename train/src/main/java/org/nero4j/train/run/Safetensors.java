package org.nero4j.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/// A file in the safetensors format: the header's length (8 bytes, little-endian), a JSON header of
/// names, types, shapes and places, then the values.
///
/// @param tensors by name, in the order of the file
/// @param metadata texts by name
record Safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
  private static final String METADATA = "__metadata__";
  private static final int CHUNK = 1 << 26;

  /// More than any header has; a file that says more is damaged.
  private static final long LONGEST_HEADER = 100_000_000;

  /// Bytes of an element, of the types that are read and written here.
  private static final Map<String, Integer> SIZES = Map.of("F32", 4, "F64", 8, "I64", 8, "U8", 1);

  /// @param dtype as the format names it: `F32`, `F64`, `I64` or `U8`
  /// @param source of the values; asked whenever they are needed, and they are read before it is
  ///   asked for those of the next tensor
  record Tensor(String dtype, List<Long> shape, Supplier<MemorySegment> source) {
    static Tensor floats(List<Long> shape, MemorySegment values) {
      return new Tensor("F32", shape, () -> values);
    }

    MemorySegment values() {
      return source.get();
    }

    long bytes() {
      return shape.stream().mapToLong(side -> side).reduce(SIZES.get(dtype), (x, y) -> x * y);
    }
  }

  /// Of all values, as they follow each other.
  String crc32c() {
    CRC32C crc = new CRC32C();
    for (Tensor tensor : tensors.values()) {
      chunks(tensor.values()).forEach(crc::update);
    }
    return "%08x".formatted(crc.getValue());
  }

  /// Writes it as a whole or not at all.
  void write(Path file) throws IOException {
    byte[] header = header();
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFile.drain(channel, start.putLong(header.length).put(header).flip());
          for (Tensor tensor : tensors.values()) {
            for (ByteBuffer chunk : chunks(tensor.values())) {
              AtomicFile.drain(channel, chunk);
            }
          }
        });
  }

  /// A buffer holds 2 GiB at most, a tensor may be larger.
  private static List<ByteBuffer> chunks(MemorySegment values) {
    List<ByteBuffer> chunks = new ArrayList<>();
    for (long from = 0; from < values.byteSize(); from += CHUNK) {
      long length = Math.min(CHUNK, values.byteSize() - from);
      chunks.add(values.asSlice(from, length).asByteBuffer());
    }
    return chunks;
  }

  private byte[] header() {
    ObjectNode root = RunFolder.JSON.createObjectNode();
    ObjectNode texts = root.putObject(METADATA);
    metadata.forEach(texts::put);
    long offset = 0;
    for (Map.Entry<String, Tensor> one : tensors.entrySet()) {
      Tensor tensor = one.getValue();
      ObjectNode entry = root.putObject(one.getKey());
      entry.put("dtype", tensor.dtype());
      var shape = entry.putArray("shape");
      tensor.shape().forEach(shape::add);
      long end = offset + tensor.bytes();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    // Padded, so that the values start at a multiple of 8.
    String text = root.toString();
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    return (text + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  /// Maps a file, whose tensors may follow each other in any order, into memory.
  ///
  /// @param arena of the values
  /// @throws RunException naming the file and what is wrong with it, if it is no such file
  /// @throws IOException if it cannot be read
  static Safetensors read(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < 8) {
        throw damaged(file, "it has %d bytes, a header's length alone has 8".formatted(size));
      }
      ByteBuffer start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      long length = fill(channel, start).getLong();
      if (length < 2 || length > Math.min(size - 8, LONGEST_HEADER)) {
        throw damaged(
            file, "its header should have %d bytes, the file has %d".formatted(length, size));
      }
      byte[] header = fill(channel, ByteBuffer.allocate((int) length)).array();
      MemorySegment values =
          channel.map(FileChannel.MapMode.READ_ONLY, 8 + length, size - 8 - length, arena);
      return parse(file, RunFolder.JSON.readTree(header), values);
    } catch (JsonProcessingException e) {
      throw damaged(file, "its header is no JSON: " + e.getOriginalMessage());
    }
  }

  private static ByteBuffer fill(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("it became shorter while it was read");
      }
    }
    return bytes.flip();
  }

  private static Safetensors parse(Path file, JsonNode header, MemorySegment values) {
    if (!header.isObject()) {
      throw damaged(file, "its header is no JSON object");
    }
    Map<String, String> metadata = new TreeMap<>();
    // By place, for the order and for gaps.
    TreeMap<Long, Map.Entry<String, Tensor>> places = new TreeMap<>();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (entry.getKey().equals(METADATA)) {
        entry.getValue().properties().forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
        continue;
      }
      Tensor tensor = tensor(file, entry.getKey(), entry.getValue(), values);
      if (tensor.bytes() == 0) {
        tensors.put(entry.getKey(), tensor);
      } else {
        places.put(
            entry.getValue().path("data_offsets").path(0).asLong(),
            Map.entry(entry.getKey(), tensor));
      }
    }
    long end = 0;
    for (Map.Entry<Long, Map.Entry<String, Tensor>> place : places.entrySet()) {
      String name = place.getValue().getKey();
      if (place.getKey() != end) {
        throw damaged(
            file, "tensor '%s' begins at %d instead of %d".formatted(name, place.getKey(), end));
      }
      tensors.put(name, place.getValue().getValue());
      end += place.getValue().getValue().bytes();
    }
    if (end != values.byteSize()) {
      throw damaged(
          file,
          "its tensors have %d bytes, the file has %d for them".formatted(end, values.byteSize()));
    }
    return new Safetensors(tensors, metadata);
  }

  private static Tensor tensor(Path file, String name, JsonNode entry, MemorySegment values) {
    String dtype = entry.path("dtype").asText();
    Integer size = SIZES.get(dtype);
    if (size == null) {
      throw damaged(
          file,
          "tensor '%s' is of type '%s', F32, F64, I64 and U8 are read".formatted(name, dtype));
    }
    List<Long> shape = new ArrayList<>();
    entry.path("shape").forEach(side -> shape.add(side.asLong(-1)));
    long bytes = size;
    for (long side : shape) {
      // No file has so many that a product of two sides overflows before it is too large.
      bytes = side < 0 || side > values.byteSize() ? -1 : bytes * side;
      if (bytes < 0 || bytes > values.byteSize()) {
        throw damaged(file, "tensor '%s' has the shape %s".formatted(name, shape));
      }
    }
    long begin = entry.path("data_offsets").path(0).asLong(-1);
    long end = entry.path("data_offsets").path(1).asLong(-1);
    if (begin < 0 || end < begin || end > values.byteSize() || end - begin != bytes) {
      throw damaged(
          file,
          "tensor '%s' of %d bytes lies from %d to %d of %d"
              .formatted(name, bytes, begin, end, values.byteSize()));
    }
    MemorySegment place = values.asSlice(begin, bytes);
    return new Tensor(dtype, shape, () -> place);
  }

  private static RunException damaged(Path file, String why) {
    return new RunException("%s is damaged or no safetensors file: %s".formatted(file, why));
  }
}
