package org.nero4j.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nero4j.Device;
import org.nero4j.NativeRuntime;

/// What a run was measured on, as far as the machine tells.
public record RunFacts(Map<String, String> facts) {
  /// The property that `bench/run` sets to what `git describe` says.
  static final String COMMIT = "org.nero4j.bench.commit";

  /// Of this machine, now.
  public static RunFacts now() {
    NativeRuntime runtime = NativeRuntime.describe();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("commit", System.getProperty(COMMIT, "unknown"));
    facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put(
        "load",
        String.format(
            Locale.ROOT,
            "%.2f",
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    facts.put("processor", Device.list().getFirst().name());
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("caches", caches());
    facts.put("level", runtime.cpuLevel());
    facts.put("memory", memory());
    facts.put("hugePages", word("/sys/kernel/mm/transparent_hugepage/enabled"));
    // A kernel's version without what its builder added.
    String version = System.getProperty("os.version").replaceAll("-.*", "");
    facts.put("system", System.getProperty("os.name") + " " + version);
    facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("library", runtime.version() + ", " + runtime.build());
    facts.values().removeIf(String::isEmpty);
    return new RunFacts(facts);
  }

  private static String caches() {
    String listed = cachesBySystem();
    return listed.isEmpty() ? cachesByProcessor() : listed;
  }

  private static String cachesBySystem() {
    Path folder = Path.of("/sys/devices/system/cpu/cpu0/cache");
    try (Stream<Path> indices = Files.list(folder)) {
      return indices
          .filter(p -> p.getFileName().toString().startsWith("index"))
          .sorted()
          .filter(p -> !read(p.resolve("type")).equals("Instruction"))
          .map(p -> "L" + read(p.resolve("level")) + " " + read(p.resolve("size")))
          .collect(Collectors.joining(", "));
    } catch (IOException e) {
      return "";
    }
  }

  /// Some virtual machines list none; the processor still says what it has.
  private static String cachesByProcessor() {
    try {
      Process getconf = new ProcessBuilder("getconf", "-a").redirectErrorStream(true).start();
      String text = new String(getconf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Pattern.compile("(?m)^LEVEL([1-4])_D?CACHE_SIZE +([1-9]\\d*)$")
          .matcher(text)
          .results()
          .map(m -> "L%s %dK".formatted(m.group(1), Long.parseLong(m.group(2)) / 1024))
          .collect(Collectors.joining(", "));
    } catch (IOException e) {
      return "";
    }
  }

  private static String memory() {
    return read(Path.of("/proc/meminfo"))
        .lines()
        .filter(line -> line.startsWith("MemTotal:"))
        .map(line -> line.replaceAll("\\D", ""))
        .map(kib -> Math.round(Double.parseDouble(kib) / (1 << 20)) + " GiB")
        .findFirst()
        .orElse("");
  }

  /// The word in brackets: what is chosen of what there is.
  private static String word(String file) {
    String text = read(Path.of(file));
    return text.contains("[") ? text.substring(text.indexOf('[') + 1, text.indexOf(']')) : "";
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
