package org.nero4j.train.cli;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nero4j.Device;
import org.nero4j.DeviceInfo;
import org.nero4j.DeviceKind;
import org.nero4j.NativeResources;
import org.nero4j.NativeRuntime;
import org.nero4j.train.cli.GpuCheckReport.Ground;
import org.nero4j.train.cli.GpuCheckReport.Result;
import org.nero4j.train.cli.GpuCheckReport.Verdict;
import org.nero4j.train.run.RunException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nero gpu-check`
@Command(
    name = "gpu-check",
    mixinStandardHelpOptions = true,
    description = {
      "Checks and measures the CUDA backend on this machine's GPU, and writes a report.",
      "Without a GPU it says so and does nothing."
    })
final class GpuCheckCommand implements Callable<Integer> {
  /// Of one of the programs that it runs.
  private static final Duration LONGEST = Duration.ofMinutes(30);

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Markdown to write (default: ${DEFAULT-VALUE})")
  private Path file = Path.of("gpu-check.md");

  @Option(
      names = "--native-build",
      paramLabel = "DIR",
      description = "what CMake built (default: what Maven builds in native/target/cmake)")
  private Path nativeBuild;

  @Option(
      names = "--tests-class-path",
      paramLabel = "PATH",
      description = "class path of the Java tests (default: what Maven builds in the module tests)")
  private String testsClassPath;

  @Option(
      names = "--parts",
      split = ",",
      paramLabel = "PART",
      description = "only these, of ${COMPLETION-CANDIDATES} (default: all)")
  private EnumSet<Part> parts = EnumSet.allOf(Part.class);

  @Spec private CommandSpec spec;

  enum Part {
    NATIVE,
    GOLDEN,
    STEPS,
    SANITIZERS,
    WITHOUT_THE_CARD
  }

  private PrintWriter out;
  private GpuCheckReport report;
  private Ground ground;

  @Override
  public Integer call() throws IOException, InterruptedException {
    out = spec.commandLine().getOut();
    NativeRuntime runtime = NativeRuntime.describe();
    Optional<DeviceInfo> card =
        Device.list().stream().filter(d -> d.kind() == DeviceKind.CUDA).findFirst();
    if (card.isEmpty()) {
      out.println("no GPU was checked: CUDA: " + runtime.cuda());
      return 0;
    }
    boolean emulated = card.get().name().startsWith("PTX emulator");
    ground = emulated ? Ground.PTX_EMULATION : Ground.GPU;
    if (!build()) {
      return 1;
    }
    report =
        new GpuCheckReport(
            emulated ? "What gpu-check does, under PTX emulation: no GPU took part" : "GPU check");
    describe(runtime, card.get());
    for (Part part : parts) {
      switch (part) {
        case NATIVE -> nativeTests(emulated);
        case GOLDEN -> golden();
        case STEPS -> benchmark(emulated);
        case SANITIZERS -> sanitizers(emulated);
        case WITHOUT_THE_CARD -> withoutTheCard();
      }
    }
    report.write(file);
    out.println("report: " + file);
    return report.failed() ? 1 : 0;
  }

  /// What the launcher has left out: the native programs and the Java tests.
  private boolean build() throws InterruptedException {
    if (nativeBuild != null && testsClassPath != null) {
      return true;
    }
    Path root = root();
    out.println("building the tests (minutes on first use)");
    out.flush();
    String goals = "mvn -B -ntp -q -DskipTests -pl tests -am package";
    Ran built = run(List.of(goals.split(" ")), root);
    if (built.code() != 0) {
      out.println("the tests could not be built by " + goals + ":\n" + built.said());
      return false;
    }
    if (nativeBuild == null) {
      nativeBuild = root.resolve("native/target/cmake");
    }
    if (testsClassPath == null) {
      Path target = root.resolve("tests/target");
      testsClassPath =
          target.resolve("test-classes") + File.pathSeparator + target.resolve("lib") + "/*";
    }
    return true;
  }

  private void describe(NativeRuntime runtime, DeviceInfo card) throws InterruptedException {
    DateTimeFormatter minutes = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm z");
    report.fact("when", ZonedDateTime.now().format(minutes));
    report.fact("commit", System.getProperty("org.nero4j.commit", "unknown"));
    report.fact("nero4j", "%s, %s".formatted(runtime.version(), runtime.build()));
    report.fact("library", runtime.library() + " (" + runtime.foundBy() + ")");
    report.fact(ground == Ground.GPU ? "card" : "device, emulated", card.name());
    report.fact("CUDA", runtime.cuda());
    if (ground == Ground.GPU) {
      report.fact("NVIDIA driver", driver());
    }
    report.fact("system", NativeResources.platform() + ", " + System.getProperty("os.version"));
    report.fact("Java", Runtime.version().toString());
  }

  private static String driver() throws InterruptedException {
    String query = "--query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem";
    Ran ran = run(List.of("nvidia-smi", query, "--format=csv,noheader"), null);
    return ran.code() == 0 ? ran.said().strip() : "unknown: nvidia-smi gave nothing";
  }

  private void nativeTests(boolean emulated) throws InterruptedException {
    for (String name : List.of("cuda_test", "cuda_call_test")) {
      check(name + ": every optimiser against the CPU", program(emulated ? name : "gpu_" + name));
    }
  }

  /// A program that finds no device says so and ends well: that is no pass.
  private void check(String what, Path program) throws InterruptedException {
    if (!Files.exists(program)) {
      add(what, ground, Verdict.FAILED, "not built: " + program, "");
      return;
    }
    Ran ran = run(List.of(program.toString()), null);
    boolean idle = ran.said().startsWith("no CUDA device");
    boolean passed = ran.code() == 0 && !idle;
    String remark = passed ? "" : idle ? "found no device" : "exit code " + ran.code();
    add(what, ground, passed ? Verdict.PASSED : Verdict.FAILED, remark, ran.said());
  }

  private void golden() throws InterruptedException {
    String what = "golden trajectories over Device.cuda(0)";
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    String library = System.getProperty("org.nero4j.library.path");
    if (library != null) {
      command.add("-Dorg.nero4j.library.path=" + library);
    }
    command.addAll(List.of("-cp", testsClassPath, "org.junit.platform.console.ConsoleLauncher"));
    command.addAll(
        List.of(
            "execute",
            "--disable-banner",
            "--disable-ansi-colors",
            "--details=summary",
            "--include-tag=gpu",
            "--select-package=org.nero4j.tests"));
    Ran ran = run(command, null);
    Matcher count = Pattern.compile("\\[ *(\\d+) tests successful").matcher(ran.said());
    int successful = count.find() ? Integer.parseInt(count.group(1)) : 0;
    boolean passed = ran.code() == 0 && successful > 0;
    add(
        what,
        ground,
        passed ? Verdict.PASSED : Verdict.FAILED,
        "%d tests successful".formatted(successful),
        passed ? "" : ran.said());
  }

  private void benchmark(boolean emulated) throws InterruptedException {
    String what = emulated ? "steps and replays, without times" : "steps and replays, timed";
    Path program = program(emulated ? "cuda_bench" : "gpu_bench");
    if (!Files.exists(program)) {
      add(what, ground, Verdict.FAILED, "not built: " + program, "");
      return;
    }
    Ran ran = run(List.of(program.toString()), null);
    boolean passed = ran.code() == 0 && ran.said().startsWith("Ground: " + ground.label + ".");
    add(
        what,
        ground,
        passed ? Verdict.PASSED : Verdict.FAILED,
        passed ? "table below" : "exit code " + ran.code(),
        passed ? "" : ran.said());
    if (passed) {
      report.steps(ran.said());
    }
    if (passed && !emulated) {
      add("predicted times of these steps", Ground.PAPER, Verdict.PASSED, "last column", "");
    }
  }

  private void sanitizers(boolean emulated) throws InterruptedException {
    Optional<Path> tool = sanitizer();
    for (String which : List.of("memcheck", "racecheck", "synccheck")) {
      String what = "compute-sanitizer " + which + " of cuda_test";
      if (emulated || tool.isEmpty()) {
        String why = emulated ? "it watches no emulated device" : "there is no compute-sanitizer";
        add(what, ground, Verdict.LEFT_OUT, why, "");
        continue;
      }
      List<String> command =
          List.of(
              tool.get().toString(),
              "--tool=" + which,
              "--error-exitcode=86",
              program("gpu_cuda_test").toString());
      Ran ran = run(command, null);
      boolean clean =
          ran.said().contains("ERROR SUMMARY: 0 errors")
              || ran.said().contains("RACECHECK SUMMARY: 0 hazards");
      boolean passed = ran.code() == 0 && clean && !ran.said().contains("no CUDA device");
      add(
          what,
          ground,
          passed ? Verdict.PASSED : Verdict.FAILED,
          passed ? "" : "exit code " + ran.code(),
          ran.said());
    }
  }

  /// On the PATH or where toolkits are installed.
  private static Optional<Path> sanitizer() {
    Stream<Path> onPath =
        Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":"))
            .filter(folder -> !folder.isEmpty())
            .map(Path::of);
    Stream<Path> toolkits =
        Stream.of(System.getenv("CUDA_PATH"), System.getenv("CUDA_HOME"), "/usr/local/cuda")
            .filter(Objects::nonNull)
            .flatMap(home -> Stream.of(Path.of(home, "bin"), Path.of(home, "compute-sanitizer")));
    return Stream.concat(onPath, toolkits)
        .map(folder -> folder.resolve("compute-sanitizer"))
        .filter(Files::isRegularFile)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// What rests on other grounds, by the tests of the native build.
  private void withoutTheCard() throws InterruptedException {
    ctest("ptxas's report and the PTX: spills, local memory, vectors", Ground.STATIC, "cuda_ptxas");
    ctest("launches a step and bytes a weight", Ground.PTX_EMULATION, "cuda_count_test");
    ctest("docs/roofline.md is what the counts give", Ground.PAPER, "cuda_roofline");
  }

  private void ctest(String what, Ground restsOn, String test) throws InterruptedException {
    List<String> command =
        List.of("ctest", "--test-dir", nativeBuild.toString(), "-V", "-R", "^" + test + "$");
    Ran ran = run(command, null);
    boolean passed = ran.code() == 0 && ran.said().contains("100% tests passed");
    Verdict verdict = passed ? Verdict.PASSED : Verdict.FAILED;
    add(what, restsOn, verdict, "ctest " + test, passed ? "" : ran.said());
  }

  private void add(String what, Ground restsOn, Verdict verdict, String remark, String said) {
    Result result = new Result(what, restsOn, verdict, remark, said);
    report.add(result);
    out.println(result.line());
    out.flush();
  }

  private Path program(String name) {
    return nativeBuild.resolve("native/tests").resolve(name);
  }

  private static Path root() {
    String root = System.getProperty("org.nero4j.root");
    if (root == null) {
      throw new RunException("gpu-check needs the source tree: run it as ./nero gpu-check there");
    }
    return Path.of(root);
  }

  private static void killAfter(Process process, Duration longest) {
    try {
      if (!process.waitFor(longest)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }

  /// How a program ended and all that it printed.
  private record Ran(int code, String said) {}

  private static Ran run(List<String> command, Path folder) throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (folder != null) {
      builder.directory(folder.toFile());
    }
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      // A kernel that hangs must not take the report of all others with it.
      Thread.ofVirtual().start(() -> killAfter(process, LONGEST));
      String said = new String(process.getInputStream().readAllBytes());
      return new Ran(process.waitFor(), said);
    } catch (IOException e) {
      return new Ran(127, e.getMessage());
    }
  }
}
