package dev.redoubt.cli;

import dev.redoubt.cli.page.CampaignPage;
import dev.redoubt.cli.page.RunPage;
import dev.redoubt.cli.report.RecordedRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt report RUN}: the page of a run or of a campaign, written again. */
@Command(
    name = "report",
    description = {
      "Write report.html of a run or of a campaign again, from the other files of its directory."
    })
final class ReportCommand implements Callable<Integer> {

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(paramLabel = "RUN", description = "The directory of a run or of a campaign.")
  @Nullable Path directory;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = Main.terminal(spec, global);
    if (spec == null || directory == null) {
      throw new IllegalStateException("picocli gives both");
    }
    try {
      Path page =
          CampaignPage.isOf(directory) ? CampaignPage.write(directory) : RunPage.write(directory);
      terminal.result(page.toString());
      return ExitCode.OK.code();
    } catch (RecordedRun.UnreadableException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
