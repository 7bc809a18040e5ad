package org.nero4j.train.cli;

import java.util.Locale;
import org.nero4j.DeviceUnavailableException;
import org.nero4j.InvalidArgumentException;
import org.nero4j.NativeRuntime;
import org.nero4j.NeroException;
import org.nero4j.SizeMismatchException;
import org.nero4j.UnsupportedException;
import org.nero4j.train.data.DataException;
import org.nero4j.train.report.ReportCommand;
import org.nero4j.train.run.RunException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/// The command line.
@Command(
    name = "nero",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Optimiser steps for the JVM, at work.",
    subcommands = {
      TrainCommand.class,
      CompareCommand.class,
      ExperimentCommand.class,
      ReportCommand.class,
      DoctorCommand.class,
      GpuCheckCommand.class
    })
public final class Main {
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"nero4j " + NativeRuntime.describe().version()};
    }
  }

  Main() {}

  /// Exit codes: 0, 1 for a failure, 2 for wrong arguments, 130 after Ctrl-C.
  public static void main(String[] arguments) {
    // Numbers that files keep and other machines read are written one way everywhere.
    Locale.setDefault(Locale.ROOT);
    System.exit(commandLine().execute(arguments));
  }

  /// The command line, which tests give their own streams.
  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(
        (e, arguments) -> {
          e.getCommandLine().getErr().println("nero: " + e.getMessage());
          return 2;
        });
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          boolean ours =
              e instanceof NeroException || e instanceof DataException || e instanceof RunException;
          command.getErr().println("nero: " + (ours ? e.getMessage() : e.toString()));
          if (System.getenv("NERO_TRACE") != null) {
            e.printStackTrace(command.getErr());
          }
          boolean argument =
              e instanceof InvalidArgumentException
                  || e instanceof DeviceUnavailableException
                  || e instanceof SizeMismatchException
                  || e instanceof UnsupportedException
                  || e instanceof DataException;
          return argument ? 2 : 1;
        });
    return line;
  }
}
