package org.nero4j;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32;

/// What tells one content of a resource from another without reading the resource, where that can
/// be had: the SHA-256 in a file beside it, else the checksum and size in its jar's directory
/// (oneDNN's 93 MB take a second to inflate at each start otherwise), else the SHA-256 of its
/// bytes.
///
/// @param kind `sha256` or `crc32`
/// @param value in hexadecimal digits; a CRC-32 is followed by the size
record Fingerprint(String kind, String value) {
  private static final int SHA256_DIGITS = 64;

  static Fingerprint of(URL resource, URL sha256) throws IOException {
    if (sha256 != null) {
      String text = new String(read(sha256), StandardCharsets.UTF_8).strip();
      if (text.length() >= SHA256_DIGITS) {
        return new Fingerprint("sha256", text.substring(0, SHA256_DIGITS));
      }
    }
    URLConnection connection = resource.openConnection();
    if (connection instanceof JarURLConnection jar) {
      long crc = jar.getJarEntry().getCrc();
      long size = jar.getJarEntry().getSize();
      if (crc >= 0 && size >= 0) {
        return new Fingerprint("crc32", crc32(crc, size));
      }
    }
    return new Fingerprint("sha256", sha256(resource.openStream()));
  }

  private static byte[] read(URL url) throws IOException {
    try (InputStream in = url.openStream()) {
      return in.readAllBytes();
    }
  }

  /// Enough of it for a folder's name.
  String prefix() {
    return value.substring(0, Math.min(16, value.length()));
  }

  boolean isOf(Path file) throws IOException {
    if (kind.equals("sha256")) {
      return sha256(Files.newInputStream(file)).equals(value);
    }
    CRC32 crc = new CRC32();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        crc.update(buffer, 0, n);
      }
    }
    return crc32(crc.getValue(), Files.size(file)).equals(value);
  }

  private static String crc32(long crc, long size) {
    return HexFormat.of().toHexDigits((int) crc) + Long.toHexString(size);
  }

  private static String sha256(InputStream stream) throws IOException {
    try (stream) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
