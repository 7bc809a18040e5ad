package org.nero4j;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.nero4j.bindings.nero_h;

/// Holds the generated bindings against the library that was loaded.
final class Abi {
  private Abi() {}

  /// @throws AbiMismatchException if library and bindings were made from different headers
  static void check(int libraryVersion, long libraryHash, String described) {
    int version = nero_h.NERO_ABI_VERSION();
    if (libraryVersion != version) {
      throw new AbiMismatchException(
          "the library has ABI %d, the bindings have ABI %d".formatted(libraryVersion, version));
    }
    StringBuilder own = new StringBuilder();
    String difference = null;
    for (String line : described.split("\n")) {
      String mine = bound(line);
      own.append(mine).append('\n');
      if (difference == null && !mine.equals(line)) {
        difference = "the library has '%s', the bindings have '%s'".formatted(line, mine);
      }
    }
    long hash = fnv1a(own.toString());
    if (hash != libraryHash) {
      throw new AbiMismatchException(
          "the library's layout is %016x, the bindings' is %016x: %s"
              .formatted(libraryHash, hash, difference));
    }
  }

  /// The bindings' version of a line of `nero_abi_describe`.
  static String bound(String line) {
    String[] words = line.split(" ");
    try {
      return switch (words[0]) {
        case "struct" -> "struct %s %d".formatted(words[1], layout(words[1]).byteSize());
        case "field" -> {
          String[] name = words[1].split("\\.");
          var path = MemoryLayout.PathElement.groupElement(name[1]);
          yield "field %s %d %d"
              .formatted(
                  words[1],
                  layout(name[0]).byteOffset(path),
                  layout(name[0]).select(path).byteSize());
        }
        case "enum" ->
            "enum %s %s".formatted(words[1], nero_h.class.getMethod(words[1]).invoke(null));
        default -> "unknown";
      };
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return "nothing of that name";
    }
  }

  private static GroupLayout layout(String struct) throws ReflectiveOperationException {
    Class<?> type = Class.forName("org.nero4j.bindings." + struct);
    return (GroupLayout) type.getMethod("layout").invoke(null);
  }

  private static long fnv1a(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  static String text(MemorySegment address) {
    return address.reinterpret(Long.MAX_VALUE).getString(0);
  }
}
