package dev.redoubt.cli;

import dev.redoubt.cli.run.RankPlan;
import dev.redoubt.cli.run.RankPlan.Exchange;
import dev.redoubt.cli.run.RankPlan.Part;
import dev.redoubt.cli.run.RankPlan.RankBytes;
import dev.redoubt.cli.run.RankPlan.Scheduled;
import java.util.Locale;

/** The program's part of a plan, in lines for people. */
final class RankPlanText {

  private final RankPlan plan;
  private final Terminal terminal;

  RankPlanText(RankPlan plan, Terminal terminal) {
    this.plan = plan;
    this.terminal = terminal;
  }

  /**
   * Prints it.
   *
   * @param schedule whether to list every operation
   */
  void print(boolean schedule) {
    PlanCommand.row(
        terminal,
        "axes",
        "data %d (pods) x model %d (ranks of a pod)".formatted(plan.dataAxis(), plan.modelAxis()));
    for (RankBytes rank : plan.ranks()) {
      PlanCommand.row(terminal, "rank " + rank.rank(), bytes(rank));
    }
    PlanCommand.row(
        terminal,
        "microbatch",
        "%s forward and %s backward a rank, in %d places of the schedule"
            .formatted(
                flops(plan.flopsForward()), flops(plan.flopsBackward()), plan.schedule().size()));
    exchanges();
    buckets();
    if (schedule) {
      PlanCommand.row(terminal, "schedule", "");
      plan.schedule().forEach(this::line);
    }
  }

  private static String bytes(RankBytes rank) {
    return "%d parameters; versions %s, gradients %s, workspace %s: %s"
        .formatted(
            rank.parameters(),
            PlanCommand.bytes(rank.storedBytes()),
            PlanCommand.bytes(rank.gradientBytes()),
            PlanCommand.bytes(rank.workspaceBytes()),
            PlanCommand.bytes(rank.totalBytes()));
  }

  private void exchanges() {
    if (plan.exchanges().isEmpty() || plan.modelAxis() == 1) {
      PlanCommand.row(terminal, "collectives", "none inside a pod of one rank");
      return;
    }
    long bytes = plan.exchanges().stream().mapToLong(Exchange::bytes).sum();
    PlanCommand.row(
        terminal,
        "collectives",
        "%d for each microbatch, %s sent by each rank, overlap %s"
            .formatted(
                plan.exchanges().size(), PlanCommand.bytes(bytes), plan.overlap() ? "on" : "off"));
    for (Exchange exchange : plan.exchanges()) {
      line(
          "%-14s %-52s %10s  start %4d  await %4d  %s between"
              .formatted(
                  exchange.kind(),
                  exchange.name(),
                  PlanCommand.bytes(exchange.bytes()),
                  exchange.startAt(),
                  exchange.awaitAt(),
                  flops(exchange.flopsBetween())));
    }
  }

  private void buckets() {
    PlanCommand.row(
        terminal,
        "gradient",
        plan.overlap()
            ? "leaves in %d parts while the backward pass runs".formatted(plan.buckets().size())
            : "leaves whole, after the backward pass");
    int last = plan.schedule().size() - 1;
    for (Part part : plan.buckets()) {
      String when =
          part.readyAt() < 0
              ? "before the first operation"
              : "after place %d of %d, %s"
                  .formatted(part.readyAt(), last, plan.schedule().get(part.readyAt()).name());
      line("part %d: %s, final %s".formatted(part.index(), PlanCommand.bytes(part.bytes()), when));
    }
  }

  private void line(Scheduled operation) {
    line(
        "%4d  %-8s %-52s %14s  %-10s %10s  %s"
            .formatted(
                operation.place(),
                operation.pass(),
                operation.name(),
                operation.shape(),
                operation.sharding(),
                operation.shape().isEmpty() ? "" : PlanCommand.bytes(operation.bytes()),
                operation.flops() == 0 ? "" : flops(operation.flops())));
  }

  private void line(String text) {
    terminal.result("  " + text.stripTrailing());
  }

  private static String flops(long flops) {
    return flops < 1_000_000
        ? flops + " flop"
        : String.format(Locale.ROOT, "%.1f Mflop", flops / 1e6);
  }
}
