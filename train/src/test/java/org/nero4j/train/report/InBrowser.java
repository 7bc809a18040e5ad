package org.nero4j.train.report;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// A browser and pages for it: one run, a grid of 198, odd names and unfinished runs. Tests are
/// skipped where there is no browser.
abstract class InBrowser {
  static final String[] OPTIMIZERS = {"nero", "adam", "sgd", "lamb", "madam", "fromage"};
  static final double[] RATES = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1};

  @TempDir static Path folder;
  static Chromium browser;
  private static boolean told;

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> found = Chromium.find();
    if (found.isEmpty() && !told) {
      told = true;
      System.out.println("SKIPPED: the report in a browser: no Chromium or Chrome on the PATH");
    }
    assumeTrue(found.isPresent(), "no Chromium or Chrome on the PATH");
    new SyntheticRuns(folder.resolve("one")).finished("nero", 0.01, 0);
    new SyntheticRuns(folder.resolve("grid")).experiment("rates").grid(OPTIMIZERS, RATES, 3);
    SyntheticRuns odd = new SyntheticRuns(folder.resolve("odd")).experiment("</script><b>");
    odd.grid(new String[] {"nero", "adam"}, new double[] {0.001, 0.01}, 2);
    odd.write("</script><b>", "sgd", 0.1, 0, "failed", 2);
    odd.write("still going", "lamb", 0.01, 0, "running", 3);
    odd.write("just begun", "lamb", 0.01, 1, "running", 0);
    new SyntheticRuns(folder.resolve("odd/other")).model("vgg11").finished("nero", 0.01, 0);
    SyntheticRuns names = new SyntheticRuns(folder.resolve("names"));
    for (String arm : List.of("one & \"two\"", "</text><script>alert(1)</script>", "it's")) {
      Path run = names.write("nero" + arm.length(), "nero", 0.01, 0, "finished", 3);
      SyntheticRuns.edit(run, json -> json.put("arm", arm));
    }
    for (String name : List.of("one", "grid", "odd", "names")) {
      Files.writeString(page(name), Page.of(RunFolders.read(List.of(folder.resolve(name)))));
    }
    browser = new Chromium(found.orElseThrow());
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  /// The page that was made of the runs of this name.
  static Path page(String name) {
    return folder.resolve(name + ".html");
  }

  /// Keeps a picture, with `-Dnero.screenshots=FOLDER`, for a person to look at.
  static void keep(String name, Callable<byte[]> picture) throws Exception {
    String kept = System.getProperty("nero.screenshots");
    if (kept != null) {
      Files.write(Files.createDirectories(Path.of(kept)).resolve(name), picture.call());
    }
  }
}
