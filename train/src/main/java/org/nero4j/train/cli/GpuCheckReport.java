package org.nero4j.train.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The page that `nero gpu-check` writes: what was checked, on what ground each result rests, and
/// what the programs said.
final class GpuCheckReport {
  /// What a result rests on.
  enum Ground {
    GPU("GPU"),
    PTX_EMULATION("PTX emulation"),
    STATIC("static"),
    PAPER("paper");

    final String label;

    Ground(String label) {
      this.label = label;
    }
  }

  enum Verdict {
    PASSED("passed"),
    FAILED("FAILED"),
    LEFT_OUT("left out");

    final String label;

    Verdict(String label) {
      this.label = label;
    }
  }

  /// One result.
  ///
  /// @param remark a few words, or empty
  /// @param said what the program printed
  record Result(String what, Ground ground, Verdict verdict, String remark, String said) {
    String line() {
      return "%s (%s): %s%s"
          .formatted(what, ground.label, verdict.label, remark.isEmpty() ? "" : ", " + remark);
    }
  }

  private static final int MOST_LINES = 60;

  private final String title;
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final List<Result> results = new ArrayList<>();
  private String steps = "";

  GpuCheckReport(String title) {
    this.title = title;
  }

  void fact(String what, String found) {
    facts.put(what, found);
  }

  void add(Result result) {
    results.add(result);
  }

  /// The benchmark's section.
  void steps(String markdown) {
    steps = markdown;
  }

  boolean failed() {
    return results.stream().anyMatch(r -> r.verdict() == Verdict.FAILED);
  }

  void write(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Files.writeString(file, page());
  }

  private String page() {
    StringBuilder page = new StringBuilder("# ").append(title).append("\n\n| | |\n|---|---|\n");
    facts.forEach((what, found) -> page.append("| %s | %s |\n".formatted(what, cell(found))));
    page.append("\n## Results\n\n| what | rests on | result | |\n|---|---|---|---|\n");
    for (Result r : results) {
      page.append(
          "| %s | %s | %s | %s |\n"
              .formatted(cell(r.what()), r.ground().label, r.verdict().label, cell(r.remark())));
    }
    if (!steps.isBlank()) {
      page.append("\n## Steps\n\n").append(steps.strip()).append('\n');
    }
    page.append("\n## What the programs said\n");
    for (Result r : results) {
      if (!r.said().isBlank()) {
        page.append("\n%s:\n\n```\n%s\n```\n".formatted(r.what(), end(r.said())));
      }
    }
    return page.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }

  private static String end(String said) {
    List<String> lines = said.strip().lines().toList();
    int from = Math.max(0, lines.size() - MOST_LINES);
    String kept = String.join("\n", lines.subList(from, lines.size()));
    return from == 0 ? kept : "(%d lines before these)%n%s".formatted(from, kept);
  }
}
