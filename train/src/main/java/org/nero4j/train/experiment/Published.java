package org.nero4j.train.experiment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Curves that the paper's authors published: by arm and epoch, mean and range over seeds.
public final class Published {
  /// Shares from 0 to 1.
  record Point(double mean, double least, double most) {}

  private final Map<String, Map<Integer, Point>> arms = new HashMap<>();

  /// @param resource lines of `epoch,arm,mean,least,most`, epochs from 1
  Published(String resource) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Published.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      lines.lines().filter(line -> !line.startsWith("#")).forEach(this::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(String line) {
    String[] cells = line.split(",");
    Point point =
        new Point(
            Double.parseDouble(cells[2]),
            Double.parseDouble(cells[3]),
            Double.parseDouble(cells[4]));
    arms.computeIfAbsent(cells[1], arm -> new HashMap<>()).put(Integer.parseInt(cells[0]), point);
  }

  /// @return null if none was published
  Point at(String arm, int epoch) {
    return arms.getOrDefault(arm, Map.of()).get(epoch);
  }
}
