package org.nero4j.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The page of performance: the words of a template, and tables of a run's results where it says
/// `{{name}}`. No number of it is typed.
final class Report {
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");
  private static final List<String> QUESTIONS =
      List.of(
          "step",
          "call",
          "many",
          "train",
          "scale",
          "memory",
          "instructions",
          "peers",
          "peers-train");

  private final Results results;
  private final Path chartFile;
  private final Map<String, Supplier<String>> places = new LinkedHashMap<>();

  /// @param results the folder that the page is made from
  /// @param page where it is to be, with its chart beside it
  Report(Path results, Path page) {
    this.results = new Results(results);
    chartFile =
        page.resolveSibling(page.getFileName().toString().replaceFirst("\\.md$", "") + ".svg");
    places.put("processor", () -> facts("processor"));
    places.put("results", () -> link(page, results));
    places.put("chart", () -> link(page, chartFile));
    places.put("machine", this::machine);
    places.put("caveat", this::caveat);
    places.put("step-ratios", () -> stepRatios());
    places.put("step-nero", () -> step(e -> e.param("optimizer").equals("nero")));
    places.put("step-adamw", () -> step(e -> e.param("optimizer").equals("adamw")));
    places.put(
        "step-others", () -> step(e -> !List.of("nero", "adamw").contains(e.param("optimizer"))));
    places.put("instructions", () -> all("instructions", new InstructionsQuestion()));
    places.put("memory", () -> all("memory", new MemoryQuestion()));
    places.put("call", () -> all("call", new CallQuestion()));
    places.put("call-summary", this::callSummary);
    places.put("many", () -> all("many", new ManyQuestion()));
    places.put("train", () -> all("train", new TrainQuestion()));
    places.put("scale", () -> all("scale", new ScaleQuestion()));
    places.put("peers-step", () -> all("peers", new PeersQuestion()));
    places.put("peers-summary", this::peersSummary);
    places.put("peers-settings", () -> settings("peers"));
    TrainingPeersReport training = new TrainingPeersReport(this.results.read("peers-train"));
    places.put("peers-train-summary", training::summary);
    places.put("peers-train", () -> all("peers-train", new TrainingPeersQuestion()));
    places.put("peers-train-settings", () -> settings("peers-train"));
  }

  /// The page, in Markdown.
  String page() {
    Matcher matcher = PLACE.matcher(template());
    return matcher.replaceAll(
        place -> {
          Supplier<String> text = places.get(place.group(1));
          if (text == null) {
            throw new IllegalStateException("the template asks for " + place.group());
          }
          return Matcher.quoteReplacement(text.get().stripTrailing());
        });
  }

  /// How one file names another.
  private static String link(Path from, Path to) {
    Path folder = from.toAbsolutePath().normalize().getParent();
    return folder.relativize(to.toAbsolutePath().normalize()).toString();
  }

  private static String template() {
    try (InputStream in = Report.class.getResourceAsStream("performance.md.template")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the page looks for its chart.
  Path chartFile() {
    return chartFile;
  }

  /// The chart, as SVG.
  byte[] chart() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new StepChart(results.read("step")).write(out);
    return out.toByteArray();
  }

  private List<Entry> all() {
    return QUESTIONS.stream().flatMap(q -> results.read(q).stream()).toList();
  }

  private String facts(String name) {
    return all().stream()
        .map(e -> e.run(name))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.toCollection(LinkedHashSet::new))
        .stream()
        .collect(Collectors.joining("; "));
  }

  private String machine() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "measured on"));
    Map<String, String> names = new LinkedHashMap<>();
    names.put("processor", "processor");
    names.put("processors", "processors of the machine");
    names.put("caches", "caches");
    names.put("level", "SIMD level");
    names.put("memory", "memory");
    names.put("hugePages", "transparent huge pages");
    names.put("system", "system");
    names.put("java", "Java");
    names.put("library", "nero4j");
    names.put("commit", "commit");
    names.forEach((key, title) -> rows.add(List.of(title, facts(key))));
    return Table.markdown(rows, List.of(false, false));
  }

  private String caveat() {
    double[] loads =
        all().stream()
            .map(e -> e.run("load"))
            .filter(text -> !text.isEmpty())
            .mapToDouble(Double::parseDouble)
            .toArray();
    TreeSet<String> times =
        all().stream()
            .map(e -> e.run("time"))
            .filter(text -> !text.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    int rounds = results.read("step").stream().mapToInt(Entry::samples).min().orElse(0);
    if (loads.length == 0) {
      return "Nothing was measured yet.";
    }
    return Table.number(
        "Measured from %s to %s. The machine's one-minute load when a command started was %.2f to"
            + " %.2f: what ran before counts in it too. Medians of at least %d rounds, in which"
            + " everything has its turn; brackets hold quartiles.",
        times.first(), times.last(), Quantiles.of(loads, 0), Quantiles.of(loads, 1), rounds);
  }

  private String none(String question) {
    return "Not measured in this run; `bench/run %s` does.".formatted(question);
  }

  private String all(String question, Question shown) {
    List<Entry> entries = results.read(question);
    return entries.isEmpty() ? none(question) : shown.table().of(entries);
  }

  private String step(Predicate<Entry> which) {
    List<Entry> entries = results.read("step").stream().filter(which).toList();
    return entries.isEmpty() ? none("step") : new StepQuestion().table().of(entries);
  }

  /// A row a tensor set and number of threads, a column an optimiser, the ratio in the cells.
  private String stepRatios() {
    List<Entry> entries = results.read("step");
    if (entries.isEmpty()) {
      return none("step");
    }
    Set<String> optimizers = new LinkedHashSet<>();
    Map<List<String>, Map<String, Entry>> rows = new LinkedHashMap<>();
    for (Entry e : entries) {
      optimizers.add(e.param("optimizer"));
      rows.computeIfAbsent(List.of(e.param("set"), e.param("threads")), k -> new LinkedHashMap<>())
          .put(e.param("optimizer"), e);
    }
    List<List<String>> cells = new ArrayList<>();
    cells.add(Stream.concat(Stream.of("set", "threads"), optimizers.stream()).toList());
    rows.forEach(
        (key, row) -> {
          List<String> line = new ArrayList<>(key);
          for (String optimizer : optimizers) {
            Entry e = row.get(optimizer);
            line.add(e == null ? "" : Table.number("%.2f", e.median("xOfFloor")));
          }
          cells.add(line);
        });
    List<Boolean> numbers = new ArrayList<>(List.of(false));
    while (numbers.size() < cells.getFirst().size()) {
      numbers.add(true);
    }
    return Table.markdown(cells, numbers);
  }

  private String callSummary() {
    Map<String, Entry> calls =
        results.read("call").stream()
            .collect(Collectors.toMap(Entry::benchmark, e -> e, (a, b) -> b));
    if (!calls.keySet().containsAll(Set.of("stepJava", "stepC", "emptyFfm", "emptyC"))) {
      return "";
    }
    double border = calls.get("stepJava").median() - calls.get("stepC").median();
    double empty = calls.get("emptyFfm").median();
    return Table.number(
        "The border, `stepJava` less `stepC`, which is the same work called by C: %.1f ns; an empty"
            + " FFM call: %.1f ns. A step through Java allocates %.3f bytes.",
        border, empty, CallQuestion.allocated(calls.get("stepJava")));
  }

  /// How many times Nero's time the others take, at least and at most.
  private String peersSummary() {
    Map<String, double[]> ranges = new LinkedHashMap<>();
    for (Entry e : results.read("peers")) {
      double x = e.median("xOfNero");
      if (!Double.isNaN(x)) {
        double[] range =
            ranges.computeIfAbsent(
                e.param("version") + ", `" + e.param("implementation") + "`",
                k -> new double[] {Double.MAX_VALUE, 0});
        range[0] = Math.min(range[0], x);
        range[1] = Math.max(range[1], x);
      }
    }
    if (ranges.isEmpty()) {
      return "";
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("step", "x of nero4j's Nero, least", "most"));
    ranges.forEach(
        (name, range) ->
            rows.add(
                List.of(name, Table.number("%.2f", range[0]), Table.number("%.2f", range[1]))));
    return Table.markdown(rows, List.of(false, true, true));
  }

  private String settings(String question) {
    Map<String, Set<String>> settings = new LinkedHashMap<>();
    for (Entry e : results.read(question)) {
      settings
          .computeIfAbsent(e.param("version"), k -> new LinkedHashSet<>())
          .add("`" + e.param("settings") + "`");
    }
    return settings.entrySet().stream()
        .map(e -> "- " + e.getKey() + ": " + String.join(", ", e.getValue()))
        .collect(Collectors.joining("\n"));
  }
}
