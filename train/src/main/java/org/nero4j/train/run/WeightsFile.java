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
import java.util.List;
import java.util.Map;
import org.nero4j.train.nn.ModelParameter;

/// A model's parameters in the safetensors format: the header's length (8 bytes, little-endian), a
/// JSON header of names, types, shapes and places, then the floats.
final class WeightsFile {
  private static final int CHUNK = 1 << 26;

  private WeightsFile() {}

  /// Writes it as a whole or not at all.
  ///
  /// @param metadata texts by name, for whoever reads it
  static void write(Path file, List<ModelParameter> parameters, Map<String, String> metadata)
      throws IOException {
    byte[] header = header(parameters, metadata);
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
          start.putLong(header.length).put(header).flip();
          drain(channel, start);
          for (ModelParameter p : parameters) {
            MemorySegment weights = p.weights();
            for (long from = 0; from < weights.byteSize(); from += CHUNK) {
              long length = Math.min(CHUNK, weights.byteSize() - from);
              drain(channel, weights.asSlice(from, length).asByteBuffer());
            }
          }
        });
  }

  private static byte[] header(List<ModelParameter> parameters, Map<String, String> metadata) {
    ObjectNode root = JsonMapper.builder().build().createObjectNode();
    ObjectNode texts = root.putObject("__metadata__");
    metadata.forEach(texts::put);
    long offset = 0;
    for (ModelParameter p : parameters) {
      ObjectNode tensor = root.putObject(p.name());
      tensor.put("dtype", "F32");
      var shape = tensor.putArray("shape").add(p.neurons());
      if (p.matrix()) {
        shape.add(p.fanIn());
      }
      tensor.putArray("data_offsets").add(offset).add(offset + 4 * p.count());
      offset += 4 * p.count();
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
