package dev.redoubt.cli;

import dev.redoubt.cli.scenario.ScenarioException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt}: the commands, and what their endings mean ({@link ExitCode}). */
@Command(
    name = "redoubt",
    description = "Trains a small language model on a cluster whose hardware it breaks on purpose.",
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every expectation held",
      "1:an expectation or an invariant failed",
      "2:bad usage or a bad scenario file",
      "3:inconclusive: a fault did not strike, or a figure could not be taken",
      "4:the environment cannot run it",
      "5:two runs that trained the same ended on other bits, or a replay did",
      "70:a defect in Redoubt",
      "130:interrupted; the run directory is complete up to there"
    })
public final class Main implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  boolean version;

  @Spec @Nullable CommandSpec spec;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    StandardError.takeBack();
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(args, out, err));
  }

  private static int run(String[] args, PrintWriter out, PrintWriter err) {
    try {
      return commandLine(Wiring.standard(), out, err).execute(args);
    } catch (RuntimeException e) {
      return ended(e, err);
    }
  }

  /** The whole command line, writing to these streams. */
  static CommandLine commandLine(Wiring wiring, PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Main());
    line.addSubcommand(new RunCommand(wiring));
    line.addSubcommand(new CampaignCommand(wiring));
    line.addSubcommand(new TrainCommand(wiring));
    line.addSubcommand(new ValidateCommand(wiring));
    line.addSubcommand(new PlanCommand(wiring));
    CommandLine data = new CommandLine(new DataCommand());
    data.addSubcommand(new DataShowCommand(wiring));
    line.addSubcommand(data);
    line.addSubcommand(new ListCommand(wiring));
    line.addSubcommand(new BenchCommand());
    line.addSubcommand(new CompareCommand());
    line.addSubcommand(new ReportCommand());
    line.addSubcommand(new ReplayCommand(wiring));
    line.addSubcommand(new ScanCommand());
    line.addSubcommand(new NodeCommand(wiring));
    line.addSubcommand(new AutoComplete.GenerateCompletion());
    line.setOut(out).setErr(err);
    line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    line.setParameterExceptionHandler(Main::usage);
    line.setExecutionExceptionHandler((failure, at, parsed) -> ended(failure, at.getErr()));
    return line;
  }

  static Terminal terminal(@Nullable CommandSpec spec, GlobalOptions global) {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the spec");
    }
    CommandLine line = spec.commandLine();
    return global.terminal(line.getOut(), line.getErr());
  }

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "expected a command");
    }
  }

  private static int usage(ParameterException failure, String[] args) {
    CommandLine at = failure.getCommandLine();
    PrintWriter err = at.getErr();
    err.println("error: " + failure.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, err)) {
      err.println();
      at.usage(err);
    }
    err.flush();
    return ExitCode.USAGE.code();
  }

  private static int ended(Exception failure, PrintWriter err) {
    ExitCode code =
        switch (failure) {
          case ScenarioException bad -> {
            err.println(bad.getMessage());
            int count = bad.problems().size();
            err.println(count == 1 ? "1 problem" : count + " problems");
            yield ExitCode.USAGE;
          }
          case EnvironmentException environment -> {
            err.println("error: " + environment.getMessage());
            yield ExitCode.ENVIRONMENT;
          }
          case DefectException defect -> {
            err.println("error: " + defect.getMessage());
            err.println(blame() + " The details are in " + defect.log() + ".");
            err.println("Please open an issue with that file, the command and the scenario.");
            yield ExitCode.DEFECT;
          }
          default -> {
            failure.printStackTrace(err);
            err.println(blame());
            err.println("Please open an issue with the lines above, the command and the scenario.");
            yield ExitCode.DEFECT;
          }
        };
    err.flush();
    return code.code();
  }

  private static String blame() {
    return "This is a defect in Redoubt " + Version.number() + ", not in your scenario.";
  }

  /** The version of the build. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"redoubt " + number() + " (Java " + Runtime.version() + ")"};
    }

    static String number() {
      try (InputStream stream = Main.class.getResourceAsStream("build.properties")) {
        Properties properties = new Properties();
        if (stream != null) {
          properties.load(stream);
        }
        return properties.getProperty("version", "unknown");
      } catch (IOException e) {
        return "unknown";
      }
    }
  }
}
