package org.nero4j.train.run;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nero4j.train.nn.Model;

/// A model's parameters and buffers in the safetensors format: the header's length (8 bytes,
/// little-endian), a JSON header of names, types, shapes and places, then the floats.
final class WeightsFile {
  private static final int CHUNK = 1 << 26;

  private WeightsFile() {}

  private record Tensor(String name, List<Long> shape, MemorySegment values) {}

  /// Writes it as a whole or not at all.
  ///
  /// @param metadata texts by name, for whoever reads it
  static void write(Path file, Model model, Map<String, String> metadata) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    model.parameters().forEach(p -> tensors.add(new Tensor(p.name(), p.shape(), p.weights())));
    model.buffers().forEach(b -> tensors.add(new Tensor(b.name(), List.of(b.count()), b.values())));
    byte[] header = header(tensors, metadata);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
          start.putLong(header.length).put(header).flip();
          drain(channel, start);
          for (Tensor tensor : tensors) {
            MemorySegment values = tensor.values();
            for (long from = 0; from < values.byteSize(); from += CHUNK) {
              long length = Math.min(CHUNK, values.byteSize() - from);
              drain(channel, values.asSlice(from, length).asByteBuffer());
            }
          }
        });
  }

  private static byte[] header(List<Tensor> tensors, Map<String, String> metadata) {
    ObjectNode root = JsonMapper.builder().build().createObjectNode();
    ObjectNode texts = root.putObject("__metadata__");
    metadata.forEach(texts::put);
    long offset = 0;
    for (Tensor tensor : tensors) {
      ObjectNode entry = root.putObject(tensor.name());
      entry.put("dtype", "F32");
      var shape = entry.putArray("shape");
      tensor.shape().forEach(shape::add);
      long end = offset + tensor.values().byteSize();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    // Padded, so that the floats start at a multiple of 8.
    String text = root.toString();
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    return (text + " ".repeat((8 - length % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
