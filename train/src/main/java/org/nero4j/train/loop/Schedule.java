package org.nero4j.train.loop;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The learning rate over a run: the first rate times the factors of one or several parts.
///
/// As text, parts are joined by `+`:
///
/// | part | the rate is multiplied by |
/// |---|---|
/// | `constant` | 1 |
/// | `exponential`, `exponential:F` | F (0.9) after each epoch, as in the paper's MNIST runs |
/// | `step:E,E,...`, `step:E,E,...xF` | F (0.2) after each of these epochs, as in its CIFAR runs |
/// | `cosine` | half a cosine from 1 to 0 over the whole run, step by step |
/// | `warmup:E` | a line from 0 to 1 over the first E epochs, step by step |
///
/// so that `warmup:5+step:100,150,180` is the paper's for CIFAR-10.
public record Schedule(List<Part> parts) {
  /// The same rate throughout.
  public static final Schedule CONSTANT = new Schedule(List.of(new Constant()));

  /// The parts there are, for a message or a help text.
  public static final String FORMS =
      "constant, exponential[:FACTOR], step:EPOCH,EPOCH,...[xFACTOR], cosine, warmup:EPOCHS";

  /// One factor of the rate.
  public sealed interface Part {
    /// @param step steps taken so far
    double factor(long step, long stepsPerEpoch, int epochs);

    /// In words.
    String words();
  }

  record Constant() implements Part {
    @Override
    public double factor(long step, long stepsPerEpoch, int epochs) {
      return 1;
    }

    @Override
    public String words() {
      return "constant";
    }

    @Override
    public String toString() {
      return "constant";
    }
  }

  record Exponential(double factor) implements Part {
    @Override
    public double factor(long step, long stepsPerEpoch, int epochs) {
      return Math.pow(factor, step / stepsPerEpoch);
    }

    @Override
    public String words() {
      return "x%s after each epoch".formatted(number(factor));
    }

    @Override
    public String toString() {
      return factor == 0.9 ? "exponential" : "exponential:" + exact(factor);
    }
  }

  record Steps(List<Integer> after, double factor) implements Part {
    @Override
    public double factor(long step, long stepsPerEpoch, int epochs) {
      long done = step / stepsPerEpoch;
      return Math.pow(factor, after.stream().filter(epoch -> epoch <= done).count());
    }

    @Override
    public String words() {
      String last = String.valueOf(after.getLast());
      String before =
          after.subList(0, after.size() - 1).stream()
              .map(String::valueOf)
              .collect(Collectors.joining(", "));
      return "x%s after epoch %s"
          .formatted(number(factor), before.isEmpty() ? last : before + " and " + last);
    }

    @Override
    public String toString() {
      return "step:"
          + after.stream().map(String::valueOf).collect(Collectors.joining(","))
          + (factor == 0.2 ? "" : "x" + exact(factor));
    }
  }

  record Cosine() implements Part {
    @Override
    public double factor(long step, long stepsPerEpoch, int epochs) {
      return 0.5 * (1 + Math.cos(Math.PI * step / (stepsPerEpoch * epochs)));
    }

    @Override
    public String words() {
      return "half a cosine down to 0";
    }

    @Override
    public String toString() {
      return "cosine";
    }
  }

  record WarmUp(int length) implements Part {
    @Override
    public double factor(long step, long stepsPerEpoch, int epochs) {
      return Math.min(1, (step + 1.0) / (stepsPerEpoch * length));
    }

    @Override
    public String words() {
      return "up from 0 over %d epoch%s".formatted(length, length == 1 ? "" : "s");
    }

    @Override
    public String toString() {
      return "warmup:" + length;
    }
  }

  /// Reads a schedule.
  ///
  /// @throws IllegalArgumentException naming the part that cannot be read
  public static Schedule parse(String text) {
    List<Part> parts = new ArrayList<>();
    for (String part : text.toLowerCase(Locale.ROOT).split("\\+", -1)) {
      String[] pieces = part.strip().split(":", 2);
      try {
        parts.add(part(pieces[0], pieces.length == 2 ? pieces[1] : null));
      } catch (IllegalArgumentException e) {
        // NumberFormatException too, whose message names no schedule.
        String why = e instanceof NumberFormatException ? "" : ": " + e.getMessage();
        throw new IllegalArgumentException(
            "cannot read schedule '%s'%s; the parts are %s, joined by +"
                .formatted(text, why, FORMS),
            e);
      }
    }
    return new Schedule(List.copyOf(parts));
  }

  private static Part part(String name, String values) {
    return switch (name) {
      case "constant" -> noValues(values, new Constant());
      case "cosine" -> noValues(values, new Cosine());
      case "exponential" -> new Exponential(values == null ? 0.9 : factor(values));
      case "warmup" -> new WarmUp(epoch(required(values)));
      case "step" -> {
        String[] pieces = required(values).split("x", 2);
        List<Integer> after =
            Arrays.stream(pieces[0].split(",", -1)).map(Schedule::epoch).sorted().toList();
        yield new Steps(after, pieces.length == 2 ? factor(pieces[1]) : 0.2);
      }
      default -> throw new IllegalArgumentException("there is none of that name");
    };
  }

  private static Part noValues(String values, Part part) {
    if (values != null) {
      throw new IllegalArgumentException("it takes no numbers");
    }
    return part;
  }

  private static String required(String values) {
    if (values == null) {
      throw new IllegalArgumentException("it needs epochs");
    }
    return values;
  }

  private static int epoch(String text) {
    int epoch = Integer.parseInt(text.strip());
    if (epoch < 1) {
      throw new IllegalArgumentException("epoch %d is not above 0".formatted(epoch));
    }
    return epoch;
  }

  private static double factor(String text) {
    double factor = Double.parseDouble(text.strip());
    if (!(factor > 0 && factor <= 10)) {
      throw new IllegalArgumentException("factor %s is not within 0 and 10".formatted(text));
    }
    return factor;
  }

  /// The rate of a step.
  ///
  /// @param first what the factors multiply
  /// @param step steps taken so far
  public double rate(double first, long step, long stepsPerEpoch, int epochs) {
    double rate = first;
    for (Part part : parts) {
      rate *= part.factor(step, stepsPerEpoch, epochs);
    }
    return rate;
  }

  /// In words, with the rates that epochs start and end at, for a person to check before a run.
  public String describe(double first, long stepsPerEpoch, int epochs) {
    String words = parts.stream().map(Part::words).collect(Collectors.joining(", "));
    if (equals(CONSTANT)) {
      return number(first) + ", " + words;
    }
    StringBuilder text = new StringBuilder("%s, %s; ".formatted(number(first), words));
    int shown = Math.min(epochs, 5);
    for (int i = 0; i < shown; i++) {
      int epoch = shown == 1 ? 0 : Math.round((float) i * (epochs - 1) / (shown - 1));
      double rate = rate(first, epoch * stepsPerEpoch, stepsPerEpoch, epochs);
      text.append("epoch %d at %s, ".formatted(epoch + 1, number(rate)));
    }
    double last = rate(first, epochs * stepsPerEpoch - 1, stepsPerEpoch, epochs);
    return text.append("last step at ").append(number(last)).toString();
  }

  /// Its text, which [#parse] reads.
  @Override
  public String toString() {
    return parts.stream().map(String::valueOf).collect(Collectors.joining("+"));
  }

  /// All of a factor's digits: runs are told apart by a schedule's text.
  private static String exact(double factor) {
    return new BigDecimal(String.valueOf(factor)).stripTrailingZeros().toPlainString();
  }

  /// For a person to read.
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.4g", value);
    int exponent = text.indexOf('e') < 0 ? text.length() : text.indexOf('e');
    String mantissa = text.substring(0, exponent);
    if (mantissa.contains(".")) {
      mantissa = mantissa.replaceAll("\\.?0+$", "");
    }
    return mantissa + text.substring(exponent);
  }
}
