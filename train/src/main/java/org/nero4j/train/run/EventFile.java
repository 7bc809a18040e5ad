package org.nero4j.train.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/// Scalars in TensorBoard's format: records of protobuf `Event` messages, each framed by its length
/// and masked CRC-32C of length and content.
///
/// Of protobuf it writes only what it needs: `Event` (wall_time 1, step 2, file_version 3, summary
/// 5), `Summary` (value 1) and `Summary.Value` (tag 1, simple_value 2).
final class EventFile implements AutoCloseable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /// Of the names of such files.
  static final String PREFIX = "events.out.tfevents.";

  private final FileChannel out;

  /// Starts one, under the name that TensorBoard looks for.
  ///
  /// @param seconds since 1970
  EventFile(Path folder, double seconds) throws IOException {
    out =
        FileChannel.open(
            folder.resolve("%s%010d.nero4j".formatted(PREFIX, (long) seconds)),
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    Message event = new Message();
    event.real(1, seconds);
    event.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
    record(event.toBytes());
  }

  /// Adds scalars of one step.
  void add(double seconds, long step, Map<String, Double> scalars) throws IOException {
    Message summary = new Message();
    scalars.forEach(
        (tag, value) -> {
          Message entry = new Message();
          entry.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
          entry.single(2, value.floatValue());
          summary.bytes(1, entry.toBytes());
        });
    Message event = new Message();
    event.real(1, seconds);
    event.integer(2, step);
    event.bytes(5, summary.toBytes());
    record(event.toBytes());
  }

  /// Returns once all is on the disk.
  void force() throws IOException {
    out.force(true);
  }

  private void record(byte[] content) throws IOException {
    byte[] length =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(content.length).array();
    ByteBuffer framed =
        ByteBuffer.allocate(8 + 4 + content.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    framed.put(length).putInt(masked(length)).put(content).putInt(masked(content));
    AtomicFile.drain(out, framed.rewind());
  }

  /// A CRC of data that holds CRCs would be weak, so the format turns and shifts it.
  private static int masked(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /// A protobuf message being written.
  private static final class Message {
    private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();

    void integer(int field, long value) {
      varint(field << 3 | VARINT);
      varint(value);
    }

    void real(int field, double value) {
      varint(field << 3 | FIXED64);
      fixed(8, Double.doubleToLongBits(value));
    }

    void single(int field, float value) {
      varint(field << 3 | FIXED32);
      fixed(4, Float.floatToIntBits(value));
    }

    void bytes(int field, byte[] value) {
      varint(field << 3 | BYTES);
      varint(value.length);
      bytes.writeBytes(value);
    }

    private void varint(long value) {
      while ((value & ~0x7fL) != 0) {
        bytes.write((int) (value & 0x7f | 0x80));
        value >>>= 7;
      }
      bytes.write((int) value);
    }

    private void fixed(int count, long value) {
      for (int i = 0; i < count; i++) {
        bytes.write((int) (value >>> 8 * i));
      }
    }

    byte[] toBytes() {
      return bytes.toByteArray();
    }
  }
}
