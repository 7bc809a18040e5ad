package org.nero4j.train.run;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Constants by the names that people type: lower case, with hyphens.
public final class Names {
  private Names() {}

  /// What to type for a constant.
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// All that can be typed, as a sentence has them: `a, b or c`.
  public static String list(Class<? extends Enum<?>> type) {
    return list(Arrays.stream(type.getEnumConstants()).map(Names::of).toList(), "or");
  }

  static String list(List<String> names) {
    return list(names, "and");
  }

  private static String list(List<String> names, String last) {
    return names.size() < 2
        ? String.join("", names)
        : String.join(", ", names.subList(0, names.size() - 1))
            + " "
            + last
            + " "
            + names.getLast();
  }

  /// The constant of a name, in any case, with hyphens or underscores.
  ///
  /// @param what is being set, for the message
  /// @throws IllegalArgumentException naming all there are
  public static <E extends Enum<E>> E parse(String what, Class<E> type, String text) {
    String wanted = text.replace('-', '_');
    for (E one : type.getEnumConstants()) {
      if (one.name().equalsIgnoreCase(wanted)) {
        return one;
      }
    }
    throw new IllegalArgumentException(
        "%s is '%s', it must be %s".formatted(what, text, list(type)));
  }

  /// Yes or no.
  ///
  /// @throws IllegalArgumentException if it is neither `true` nor `false`
  static boolean flag(String what, String text) {
    if (!text.equals("true") && !text.equals("false")) {
      throw new IllegalArgumentException(
          "%s is '%s', it must be true or false".formatted(what, text));
    }
    return text.equals("true");
  }
}
