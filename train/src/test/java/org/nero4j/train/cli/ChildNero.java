package org.nero4j.train.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command line in a JVM of its own, to be signalled or killed.
public final class ChildNero implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final StringBuilder heard = new StringBuilder();

  /// Starts it; what it prints, errors too, is read by this class.
  public ChildNero(String... arguments) throws IOException {
    this(List.of(), arguments);
  }

  /// @param options of the JVM
  public ChildNero(List<String> options, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(heedingInterrupts());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    output = process.inputReader();
  }

  /// A prefix under which Ctrl-C is heeded even where this build runs in the background of a shell,
  /// which has its jobs ignore it, and their children with them. Empty where there is no such tool.
  private static List<String> heedingInterrupts() throws IOException {
    List<String> prefix = List.of("env", "--default-signal=INT");
    List<String> probe = new ArrayList<>(prefix);
    probe.add("true");
    try {
      boolean known =
          new ProcessBuilder(probe)
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .start()
                  .waitFor()
              == 0;
      return known ? prefix : List.of();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /// Reads on until a line begins with `start`.
  public void awaitLine(String start) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      heard.append(line).append('\n');
      if (line.startsWith(start)) {
        return;
      }
    }
    throw new AssertionError("no line '%s' in:%n%s".formatted(start, heard));
  }

  /// Sends a signal by its name.
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  /// Ends it at once by SIGKILL; what it printed before can still be read.
  public void kill() {
    process.toHandle().destroyForcibly();
  }

  /// Its exit code, once it has ended.
  public int await() throws IOException, InterruptedException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      heard.append(line).append('\n');
    }
    return process.waitFor();
  }

  /// What it has printed so far, as far as it was read.
  public String heard() {
    return heard.toString();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
