package dev.redoubt.cli.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All metrics. What is not here cannot be registered ({@link MetricRegistry}). */
public final class MetricTable {

  private static final List<Metric> ALL = new ArrayList<>();

  public static final Metric RUN_INFO =
      gauge(
          Metric.INFO,
          "",
          "Which run this is; always 1.",
          "scenario",
          "seed",
          "mode",
          "model",
          "run");
  public static final Metric RUN_VERDICT =
      gauge("redoubt.run.verdict", "", "1 for what the run has come to, else 0.", "verdict");
  public static final Metric STEP_DURATION =
      timer("redoubt.step.duration", "From the plan of a step to its commit, as attested.");
  public static final Metric COMPUTE_DURATION =
      timer("redoubt.step.compute.duration", "A worker's step without its waits.", "pod");
  public static final Metric WAIT_DURATION =
      timer(
          "redoubt.step.wait.duration",
          "A worker's compute thread waited in a step: for pieces of its pod, for other pods.",
          "pod",
          "cause");
  public static final Metric STEPS_PLANNED =
      gauge("redoubt.planned.steps", "steps", "Steps that the scenario asks for.");
  public static final Metric STEPS_NEWEST =
      gauge("redoubt.newest.steps", "steps", "The newest committed step.");
  public static final Metric STEPS_COMMITTED =
      counter("redoubt.commits", "", "Commits of steps; one done again counts again.");
  public static final Metric STEPS_REPEATED =
      counter("redoubt.steps.repeated", "", "Steps that recoveries had done again.");
  public static final Metric WATERMARK_LAG =
      gauge(
          "redoubt.watermark.lag.steps",
          "steps",
          "How far the newest attested step is ahead of the verified watermark.");
  public static final Metric LOSS =
      gauge("redoubt.loss", "nats", "Mean loss of the newest committed step, per token.");
  public static final Metric LOSS_GOLDEN =
      gauge("redoubt.loss.golden", "nats", "Loss of the same step in the fault-free run.");
  public static final Metric GOLDEN_MISMATCHES =
      counter("redoubt.golden.mismatches", "", "Commits of versions whose bits are not golden.");
  public static final Metric GOODPUT =
      gauge(
          "redoubt.goodput.ratio",
          "ratio",
          "Useful time over elapsed time since the first planned step.");
  public static final Metric LEDGER =
      gauge(
          "redoubt.ledger.time", "seconds", "Where the run's time went; all accounts.", "account");
  public static final Metric FAULTS_PLANNED =
      gauge("redoubt.faults.planned", "", "Faults in the plan.", "kind");
  public static final Metric FAULTS_STRUCK =
      counter("redoubt.faults.struck", "", "Faults that proved that they struck.", "kind");
  public static final Metric FAULTS_FOUND =
      counter("redoubt.faults.found", "", "Faults that struck and were seen.", "kind");
  public static final Metric FAULTS_OPEN =
      gauge("redoubt.faults.open", "", "Faults that struck and were not seen so far.");
  public static final Metric DETECTIONS =
      counter("redoubt.detections", "", "Alarms and losses, by who saw them.", "detector");
  public static final Metric DETECTION_LATENCY =
      timer("redoubt.detection.latency", "From a fault's strike to its first alarm.", "detector");
  public static final Metric FALSE_ALARMS =
      gauge("redoubt.alarms.unexplained", "", "Alarms that no fault explains so far.");
  public static final Metric BLAMES =
      counter("redoubt.blames", "", "Verdicts about workers.", "detector", "verdict");
  public static final Metric EVICTIONS =
      counter("redoubt.evictions", "", "Workers taken off by the controller.", "pod");
  public static final Metric WORKERS_LOST =
      counter("redoubt.workers.lost", "", "Workers that are gone, by who saw it.", "detector");
  public static final Metric RECOVERY_DURATION =
      timer("redoubt.recovery.duration", "From a first alarm to the next step.", "kind");
  public static final Metric EPOCHS =
      counter("redoubt.epochs", "", "Epochs that were opened, by their trigger.", "trigger");
  public static final Metric ROLLBACKS =
      counter("redoubt.rollbacks", "", "Committed versions were given up for an older one.");
  public static final Metric MEMBERS =
      gauge("redoubt.cluster.members", "", "Workers and spares that are in the run.");
  public static final Metric MEMBERS_PLANNED =
      gauge("redoubt.cluster.planned", "", "Workers and spares that the scenario asks for.");
  public static final Metric SPARES =
      gauge("redoubt.cluster.spares", "", "Workers without a rank.");
  public static final Metric SPARES_PLANNED =
      gauge("redoubt.cluster.spares.planned", "", "Spares that the scenario asks for.");
  public static final Metric NODE_STATE =
      gauge("redoubt.node.state", "", "0 gone, 1 without a rank, 2 training.", "node");
  public static final Metric VERSIONS_BYTES =
      gauge("redoubt.versions.bytes", "bytes", "Off-heap memory of this JVM's version stores.");
  public static final Metric GUESTS_COPIES =
      gauge(
          "redoubt.guests.copies",
          "",
          "Copies with buddies of the shard that has the fewest; with parity 1 if sums make up for"
              + " a loss.");
  public static final Metric GUESTS_WANTED =
      gauge("redoubt.guests.wanted", "", "What that is when all have their guests.");
  public static final Metric FABRIC_SENT =
      counter("redoubt.fabric.sent", "bytes", "Gradients and pieces sent, without headers.", "pod");
  public static final Metric FABRIC_RESTORED =
      counter("redoubt.fabric.restored", "bytes", "Bytes of versions fetched again.", "pod");
  public static final Metric BLOCKS_RESTORED =
      counter("redoubt.blocks.restored", "", "Blocks of versions fetched again.", "pod");
  public static final Metric REFUSALS =
      counter("redoubt.messages.refused", "", "Messages not acted upon, by whom.", "by");
  public static final Metric MEMBER_COMPUTE =
      timer("redoubt.member.compute.duration", "Of a member itself: its steps without its waits.");
  public static final Metric MEMBER_WAIT =
      timer(
          "redoubt.member.wait.duration",
          "Of a member itself: waits of its compute thread in a step.",
          "cause");
  public static final Metric MEMBER_REFUSALS =
      counter("redoubt.member.refused", "", "Of a member itself: messages not acted upon.");
  public static final Metric MEMBER_ACTING =
      gauge("redoubt.member.acting", "", "Of a member itself: 1 once the controller acted here.");
  public static final Metric MEMBER_SENT =
      counter(
          "redoubt.member.sent",
          "bytes",
          "Of a member itself: all that it sent over the fabric, with heads and heartbeats.");
  public static final Metric MEMBER_RECEIVED =
      counter(
          "redoubt.member.received",
          "bytes",
          "Of a member itself: all that it received over the fabric, with heads and heartbeats.");
  public static final Metric MEMBER_LINKS =
      gauge("redoubt.member.links", "", "Of a member itself: its connections of the fabric.");
  public static final Metric MEMBER_TURNED_AWAY =
      counter(
          "redoubt.member.connections.refused",
          "",
          "Of a member itself: connections of the fabric that it refused, by cause.",
          "cause");

  static {
    gauge("jvm.memory.used", "bytes", "Memory of the JVM in use.", "area", "id");
    gauge("jvm.memory.committed", "bytes", "Memory that the JVM holds.", "area", "id");
    gauge("jvm.buffer.memory.used", "bytes", "Memory of direct buffers.", "id");
    gauge("jvm.threads.live", "threads", "Live threads.");
    timer("jvm.gc.pause", "Time in pauses of garbage collection.", "action", "cause", "gc");
    counter("jvm.gc.memory.allocated", "bytes", "Growth of the young generation.");
    gauge("process.cpu.usage", "", "This process' share of the machine's processors.");
    gauge("system.cpu.usage", "", "Share of the machine's processors in use.");
    gauge("process.uptime", "seconds", "How long the JVM has been running.");
  }

  private MetricTable() {}

  /** All of them, in the order in which they are listed. */
  public static List<Metric> all() {
    return List.copyOf(ALL);
  }

  static Optional<Metric> find(String name) {
    return ALL.stream().filter(metric -> metric.name().equals(name)).findFirst();
  }

  private static Metric counter(String name, String unit, String help, String... tags) {
    return add(new Metric(name, Metric.Type.COUNTER, unit, List.of(tags), help));
  }

  private static Metric gauge(String name, String unit, String help, String... tags) {
    return add(new Metric(name, Metric.Type.GAUGE, unit, List.of(tags), help));
  }

  private static Metric timer(String name, String help, String... tags) {
    return add(new Metric(name, Metric.Type.TIMER, "seconds", List.of(tags), help));
  }

  private static Metric add(Metric metric) {
    if (find(metric.name()).isPresent()) {
      throw new IllegalArgumentException("metric " + metric.name() + " is there twice");
    }
    ALL.add(metric);
    return metric;
  }
}
