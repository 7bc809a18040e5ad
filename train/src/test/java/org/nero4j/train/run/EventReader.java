package org.nero4j.train.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.tensorflow.proto.Event;

/// Reads a TensorBoard event file without any of the writer's code.
final class EventReader {
  private EventReader() {}

  /// The framing, as TensorFlow documents it, read with another CRC formula than the writer's.
  static List<Event> read(Path path) throws IOException {
    byte[] file = Files.readAllBytes(path);
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (in.hasRemaining()) {
      int start = in.position();
      long length = in.getLong();
      assertThat(in.getInt()).isEqualTo(masked(Arrays.copyOfRange(file, start, start + 8)));
      byte[] content = new byte[(int) length];
      in.get(content);
      assertThat(in.getInt()).isEqualTo(masked(content));
      events.add(Event.parseFrom(content));
    }
    return events;
  }

  private static int masked(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    long value = crc.getValue();
    return (int) ((((value >>> 15) | (value << 17)) + 0xa282ead8L) & 0xffffffffL);
  }
}
