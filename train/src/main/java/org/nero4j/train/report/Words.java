package org.nero4j.train.report;

import java.util.Locale;
import java.util.Map;

/// How the page writes numbers and names, and how it escapes what it was given.
final class Words {
  private static final Map<String, String> OPTIMIZERS =
      Map.of(
          "nero", "Nero",
          "sgd", "SGD",
          "adam", "Adam",
          "adamw", "AdamW",
          "lamb", "LAMB",
          "madam", "Madam",
          "lars", "LARS",
          "larc", "LARC",
          "fromage", "Fromage");

  private Words() {}

  /// Text that is safe between tags and in a quoted attribute.
  static String escape(String text) {
    StringBuilder out = new StringBuilder();
    text.chars()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append((char) c);
              }
            });
    return out.toString();
  }

  /// The optimiser's name as papers write it; a name that is not known as it stands.
  static String optimizer(String name) {
    return OPTIMIZERS.getOrDefault(name.toLowerCase(Locale.ROOT), name);
  }

  /// 0.8731 is "87.31 %".
  static String percent(double share) {
    return format("%.2f %%", 100 * share);
  }

  /// A number in at most four significant digits, without trailing zeros.
  static String number(double value) {
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e7)) {
      return format("%.3g", value).replaceAll("\\.?0+e", "e");
    }
    if (size >= 1000) {
      return format("%,.0f", value);
    }
    int digits = size == 0 ? 0 : Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
    String text = format("%." + digits + "f", value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }

  /// A learning rate exactly as it was set.
  static String rate(Double rate) {
    if (rate == null) {
      return "no rate";
    }
    return new java.math.BigDecimal(Double.toString(rate)).stripTrailingZeros().scale() > 8
        ? Double.toString(rate)
        : new java.math.BigDecimal(Double.toString(rate)).stripTrailingZeros().toPlainString();
  }

  /// Bytes in the largest binary unit that leaves at least one.
  static String bytes(double bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB"};
    int unit = 0;
    while (bytes >= 1024 && unit < units.length - 1) {
      bytes /= 1024;
      unit++;
    }
    return number(bytes) + " " + units[unit];
  }

  /// "1 run", "2 runs".
  static String count(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
