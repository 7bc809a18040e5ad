package org.nero4j.train.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;

/// Unsigned bytes in the IDX format of MNIST, plain or gzipped.
///
/// @param count items
/// @param itemSize bytes of an item: 784 for an image, 1 for a label
/// @param values `count * itemSize` bytes
record IdxFile(int count, int itemSize, byte[] values) {
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
      long item = 1;
      for (int i = 1; i < dimensions; i++) {
        item *= header.getInt();
      }
      long size = count * item;
      if (count < 0 || item < 0 || size > Integer.MAX_VALUE - 64) {
        throw new DataException(
            "%s: %d items of %d bytes are too many".formatted(name, count, item));
      }
      byte[] values = in.readNBytes((int) size);
      if (values.length != size) {
        throw new DataException(
            "%s: %d items of %d bytes need %d bytes, the file has %d"
                .formatted(name, count, item, size, values.length));
      }
      return new IdxFile(count, (int) item, values);
    } catch (IOException e) {
      throw new DataException("%s: %s".formatted(name, e.getMessage()), e);
    }
  }

  private static InputStream unzipped(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GZIPInputStream(in) : in;
  }
}
