package org.nero4j.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

/// A safetensors file among the test resources.
final class Safetensors {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode header;
  private final ByteBuffer data;

  private Safetensors(JsonNode header, ByteBuffer data) {
    this.header = header;
    this.data = data;
  }

  static Safetensors resource(String name) {
    try (InputStream in = Safetensors.class.getResourceAsStream("/golden/" + name)) {
      ByteBuffer all = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      int length = Math.toIntExact(all.getLong());
      String json = new String(all.array(), 8, length, StandardCharsets.UTF_8);
      ByteBuffer data =
          all.slice(8 + length, all.capacity() - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
      return new Safetensors(JSON.readTree(json), data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String tensor) {
    return header.has(tensor);
  }

  /// A metadata entry, parsed as JSON.
  JsonNode metadata(String key) {
    try {
      String text = header.get("__metadata__").path(key).asText("null");
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long[] shape(String tensor) {
    return StreamSupport.stream(header.get(tensor).get("shape").spliterator(), false)
        .mapToLong(JsonNode::asLong)
        .toArray();
  }

  double[] doubles(String tensor) {
    JsonNode entry = header.get(tensor);
    int begin = entry.get("data_offsets").get(0).asInt();
    int end = entry.get("data_offsets").get(1).asInt();
    boolean f32 = entry.get("dtype").asText().equals("F32");
    double[] values = new double[(end - begin) / (f32 ? 4 : 8)];
    for (int i = 0; i < values.length; i++) {
      values[i] = f32 ? data.getFloat(begin + 4 * i) : data.getDouble(begin + 8 * i);
    }
    return values;
  }

  float[] floats(String tensor) {
    double[] values = doubles(tensor);
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }

  /// Names of tensors that start so, without the start.
  List<String> names(String prefix) {
    return StreamSupport.stream(((Iterable<String>) () -> header.fieldNames()).spliterator(), false)
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .toList();
  }

  @Override
  public String toString() {
    return Arrays.toString(names("").toArray());
  }
}
