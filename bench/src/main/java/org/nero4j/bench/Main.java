package org.nero4j.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/// The benchmarks, grouped by the question that they answer.
@Command(
    name = "bench/run",
    description = "Measures nero4j, beside what bounds it and beside its peers.",
    subcommands = {
      StepQuestion.class,
      CallQuestion.class,
      ManyQuestion.class,
      TrainQuestion.class,
      ScaleQuestion.class,
      MemoryQuestion.class,
      InstructionsQuestion.class,
      PeersQuestion.class,
      TrainingPeersQuestion.class,
      ReportCommand.class,
    },
    mixinStandardHelpOptions = true,
    // Of every command below it too.
    scope = ScopeType.INHERIT)
public final class Main {
  private Main() {}

  /// Runs one command.
  public static void main(String... arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true);
  }
}
