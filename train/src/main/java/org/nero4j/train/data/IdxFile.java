package org.nero4j.train.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;

/// Unsigned bytes in the IDX format of MNIST, plain or gzipped.
///
/// @param count items
/// @param height rows of an image, 1 for a label
/// @param width columns of an image, 1 for a label
/// @param values `count * height * width` bytes
record IdxFile(int count, int height, int width, byte[] values) {
  private static final int UNSIGNED_BYTE = 0x08;

  /// @param dimensions 3 for images, 1 for labels
  static IdxFile read(String name, InputStream raw, int dimensions) {
    try (InputStream in = unzipped(raw)) {
      byte[] head = in.readNBytes(4 + 4 * dimensions);
      if (head.length < 4 + 4 * dimensions) {
        throw new DataException(
            "%s: %d bytes are too few for the %d of an IDX header"
                .formatted(name, head.length, 4 + 4 * dimensions));
      }
      ByteBuffer header = ByteBuffer.wrap(head);
      int magic = header.getInt();
      int expected = UNSIGNED_BYTE << 8 | dimensions;
      if (magic != expected) {
        throw new DataException(
            "%s: the first four bytes are %d, an IDX file of %d dimensions starts with %d"
                .formatted(name, magic, dimensions, expected));
      }
      int count = header.getInt();
      int height = dimensions > 1 ? header.getInt() : 1;
      int width = dimensions > 1 ? header.getInt() : 1;
      long item = (long) height * width;
      long size = count * item;
      if (count < 0
          || height < 0
          || width < 0
          || item > Integer.MAX_VALUE
          || size > Integer.MAX_VALUE - 64) {
        throw new DataException(
            "%s: %d items of %d bytes are too many".formatted(name, count, item));
      }
      byte[] values = in.readNBytes((int) size);
      if (values.length != size) {
        throw new DataException(
            "%s: %d items of %d bytes need %d bytes, the file has %d"
                .formatted(name, count, item, size, values.length));
      }
      return new IdxFile(count, height, width, values);
    } catch (IOException e) {
      throw new DataException("%s: %s".formatted(name, e.getMessage()), e);
    }
  }

  /// Bytes of an item.
  int itemSize() {
    return height * width;
  }

  private static InputStream unzipped(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GZIPInputStream(in) : in;
  }
}
