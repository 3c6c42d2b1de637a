package dev.redoubt.cli;

import dev.redoubt.trainer.scan.Kernel;
import dev.redoubt.trainer.scan.Scan;
import dev.redoubt.trainer.scan.ScanResult;
import dev.redoubt.trainer.scan.SimulatedDefect;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt scan}: whether the processors of this machine compute what they should. */
@Command(
    name = "scan",
    description = {
      "Run every kernel on operands to which the answers are known, on each processor.",
      "Exit code 1: a wrong answer. 3: the time was too short for one round."
    })
final class ScanCommand implements Callable<Integer> {

  private static final String EVERY = "all";

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "For each processor (default: ${DEFAULT-VALUE}).")
  double seconds;

  @Option(
      names = "--cpus",
      paramLabel = "LIST",
      defaultValue = EVERY,
      description = "Which, such as 0-2,5 (default: all that this process may use). Linux only.")
  String cpus = EVERY;

  @Option(
      names = "--kernel",
      paramLabel = "NAME",
      description = "Only this kernel; may be repeated.")
  List<String> kernels = new ArrayList<>();

  @Option(
      names = "--inject",
      paramLabel = "SPEC",
      description = {
        "Simulate a defect, to see that it is found, such as"
            + " lane=3,bit=12,kernel=products-nn,mask=0xff,pattern=0x3c,probability=0.01,onset=100,seed=7:",
        "the bit is flipped in that lane of the results, if the first operand's bits under the mask"
            + " are the pattern."
      })
  String inject = "";

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Option(names = "--list", description = "List the kernels and end.")
  boolean list;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    Terminal terminal = Main.terminal(spec, global);
    if (list) {
      Stream.of(Kernel.values()).map(Kernel::word).forEach(terminal::result);
      return ExitCode.OK.code();
    }
    if (!(seconds > 0)) {
      throw wrong("--seconds is above 0, not " + seconds);
    }
    SimulatedDefect defect = defect();
    Set<Kernel> chosen = chosen();
    List<ScanResult> results = new ArrayList<>();
    for (int cpu : processors()) {
      results.add(scan(cpu, chosen, defect));
    }
    ScanReport report = new ScanReport(machine(), inject, results);
    terminal.result(json ? report.json().toPrettyString() : report.text());
    return report.code().code();
  }

  /** On a thread of its own, which stays where it is put. */
  private ScanResult scan(int cpu, Set<Kernel> chosen, @Nullable SimulatedDefect defect) {
    CompletableFuture<ScanResult> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("scan-" + cpu)
        .start(
            () -> {
              try {
                int pinned = cpu >= 0 && Processors.stayOn(cpu) ? cpu : -1;
                if (pinned != cpu) {
                  throw wrong("--cpus: this process may not use processor " + cpu);
                }
                long end = System.nanoTime() + (long) (seconds * 1e9);
                result.complete(
                    new Scan(chosen, defect).run(pinned, () -> System.nanoTime() < end));
              } catch (RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    try {
      return result.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private List<Integer> processors() {
    if (!cpus.equals(EVERY)) {
      try {
        return Processors.list(cpus);
      } catch (NumberFormatException e) {
        throw wrong("--cpus is a list such as 0-2,5, not '" + cpus + "'");
      }
    }
    List<Integer> allowed = Processors.allowed();
    return allowed.isEmpty() ? List.of(-1) : allowed;
  }

  private Set<Kernel> chosen() {
    if (kernels.isEmpty()) {
      return EnumSet.allOf(Kernel.class);
    }
    return kernels.stream().map(this::kernel).collect(Collectors.toSet());
  }

  private Kernel kernel(String word) {
    return Kernel.of(word)
        .orElseThrow(() -> wrong("--kernel: no '" + word + "'; scan --list names them"));
  }

  private @Nullable SimulatedDefect defect() {
    try {
      return inject.isEmpty() ? null : SimulatedDefect.parse(inject);
    } catch (IllegalArgumentException e) {
      throw wrong("--inject: " + e.getMessage());
    }
  }

  private ParameterException wrong(String what) {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the spec");
    }
    return new ParameterException(spec.commandLine(), what);
  }

  private SequencedMap<String, String> machine() {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    Processors.model().ifPresent(model -> facts.put("processor", model));
    facts.put("vectors", FloatVector.SPECIES_PREFERRED.vectorBitSize() + " bits");
    facts.put("jdk", String.valueOf(Runtime.version()));
    facts.put("system", System.getProperty("os.name") + ", " + System.getProperty("os.arch"));
    facts.put("seconds", String.format(Locale.ROOT, "%.1f on each processor", seconds));
    return facts;
  }
}
