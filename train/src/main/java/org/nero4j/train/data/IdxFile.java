package org.nero4j.train.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
      byte[] head = new byte[4 + 4 * dimensions];
      int headed = fill(head, in);
      if (headed < head.length) {
        throw new DataException(
            "%s: %d bytes are too few for the %d of an IDX header"
                .formatted(name, headed, head.length));
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
      if (count < 1 || height < 1 || width < 1) {
        throw new DataException(
            "%s: %d items of %d x %d bytes, at least 1 of 1 x 1 is needed"
                .formatted(name, count, height, width));
      }
      long item = (long) height * width;
      if (item > Integer.MAX_VALUE || count * item > Integer.MAX_VALUE - 64) {
        throw new DataException(
            "%s: %d items of %d bytes are too many".formatted(name, count, item));
      }
      byte[] values = new byte[(int) (count * item)];
      long size = fill(values, in);
      if (size == values.length) {
        size += in.transferTo(OutputStream.nullOutputStream());
      }
      if (size != values.length) {
        throw new DataException(
            "%s: %d items of %d bytes need %d bytes, the file has %d"
                .formatted(name, count, item, values.length, size));
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

  /// Fills an array as far as the bytes go; a gzipped file that was cut off ends where it was.
  ///
  /// @return bytes read
  private static int fill(byte[] array, InputStream in) throws IOException {
    // By pieces: a JVM that checks its native calls copies the whole of an array that is unzipped
    // to.
    byte[] piece = new byte[Math.min(array.length, 1 << 16)];
    int done = 0;
    try {
      int more;
      while (done < array.length
          && (more = in.read(piece, 0, Math.min(piece.length, array.length - done))) >= 0) {
        System.arraycopy(piece, 0, array, done, more);
        done += more;
      }
    } catch (EOFException e) {
      return done;
    }
    return done;
  }

  private static InputStream unzipped(InputStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzip ? new GZIPInputStream(in) : in;
  }
}
