package org.nero4j.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A folder with a JSON file a question. Entries are written as they are measured, and replace
/// those of the same benchmark and parameters, so a run may be cut into several.
public final class Results {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;

  /// @param folder made when something is written
  public Results(Path folder) {
    this.folder = folder;
  }

  /// Where a question's entries are.
  public Path file(String question) {
    return folder.resolve(question + ".json");
  }

  /// The entries of a question; none if it was not asked.
  public List<Entry> read(String question) {
    return read(file(question));
  }

  static List<Entry> read(Path file) {
    List<Entry> all = new ArrayList<>();
    if (!Files.exists(file)) {
      return all;
    }
    try {
      for (JsonNode node : MAPPER.readTree(file.toFile())) {
        all.add(new Entry((ObjectNode) node));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return all;
  }

  /// Adds entries of a run to a question's.
  public void add(String question, RunFacts run, List<Entry> entries) {
    Map<String, Entry> all = new LinkedHashMap<>();
    Stream.concat(read(question).stream(), entries.stream()).forEach(e -> all.put(e.key(), e));
    for (Entry entry : entries) {
      ObjectNode facts = entry.json().putObject("run");
      run.facts().forEach(facts::put);
    }
    ArrayNode array = MAPPER.createArrayNode();
    all.values().forEach(e -> array.add(e.json()));
    try {
      Files.createDirectories(folder);
      Path partial = Files.createTempFile(folder, question, ".part");
      // One entry a line: a file that a person can compare with the last.
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        lines.add(
            (i == 0 ? "[" : " ")
                + MAPPER.writeValueAsString(array.get(i))
                + (i + 1 < array.size() ? "," : "]"));
      }
      Files.write(partial, lines.isEmpty() ? List.of("[]") : lines);
      Files.move(partial, file(question), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file(question), e);
    }
  }
}
