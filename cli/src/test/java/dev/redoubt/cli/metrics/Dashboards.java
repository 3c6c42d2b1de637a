package dev.redoubt.cli.metrics;

import static dev.redoubt.cli.metrics.Panel.lines;
import static dev.redoubt.cli.metrics.Panel.number;
import static dev.redoubt.cli.metrics.Panel.query;

import java.util.List;
import java.util.Map;

/** What is on the dashboards. */
final class Dashboards {

  /** The run's own process has no node. */
  private static final String PROCESS = "{{job}} {{node}}";

  private static final String UPTIME = "process_uptime_seconds{$i}";

  private Dashboards() {}

  static List<Dashboard> all() {
    return List.of(overview(), corruption(), recovery(), store(), nodes());
  }

  private static Dashboard overview() {
    return new Dashboard(
        "redoubt-overview",
        "Redoubt: run overview",
        "How a run goes, and whether it still is on the golden bits.",
        List.of(
            number(
                "Verdict",
                "What the run has come to.",
                "none",
                query("redoubt_run_verdict{$i} == 1", "{{verdict}}")),
            number("Step", "The newest committed step.", "none", q("redoubt_newest_steps{$i}")),
            number(
                "Off the golden bits",
                "Commits of versions whose bits are not golden. Anything but 0 is an escape.",
                "none",
                q("redoubt_golden_mismatches_total{$i}")),
            number(
                "Goodput",
                "Useful time over elapsed time since the first planned step.",
                "percentunit",
                q("redoubt_goodput_ratio{$i}")),
            number(
                "Members",
                "Workers and spares that are in the run, and that were asked for.",
                "none",
                query("redoubt_cluster_members{$i}", "alive"),
                query("redoubt_cluster_planned{$i}", "planned")),
            number(
                "Faults not seen so far",
                "Faults that struck and that no detector has seen.",
                "none",
                q("redoubt_faults_open{$i}")),
            new Panel(
                "State of each node",
                "Which machine trains, stands by, or is gone.",
                "state-timeline",
                "none",
                24,
                List.of(query("redoubt_node_state{$i}", "{{node}}")),
                Map.of(0, "gone", 1, "spare", 2, "training")),
            lines(
                "Step rate",
                "Commits a second.",
                "ops",
                query("rate(redoubt_commits_total{$i}[$__rate_interval])", "commits")),
            lines(
                "Loss, and the golden run's",
                "Mean loss per token of the newest committed step. The two lines are one.",
                "none",
                query("redoubt_loss_nats{$i}", "this run"),
                query("redoubt_loss_golden_nats{$i}", "golden")),
            lines(
                "Duration of a step",
                "From the plan of a step to its commit.",
                "s",
                quantile("0.5", "redoubt_step_duration_seconds", "le", "median"),
                quantile("0.99", "redoubt_step_duration_seconds", "le", "99th percentile")),
            lines(
                "Faults",
                "Faults of the plan: planned, struck and found.",
                "none",
                query("sum(redoubt_faults_planned{$i})", "planned"),
                query("sum(redoubt_faults_struck_total{$i})", "struck"),
                query("sum(redoubt_faults_found_total{$i})", "found"))));
  }

  private static Panel.Query q(String expression) {
    return query(expression, "{{instance}}");
  }

  private static Panel.Query quantile(String q, String timer, String by, String legend) {
    return query(
        "histogram_quantile("
            + q
            + ", sum by ("
            + by
            + ") (rate("
            + timer
            + "_bucket{$i}[$__rate_interval])))",
        legend);
  }

  private static Dashboard corruption() {
    return new Dashboard(
        "redoubt-corruption",
        "Redoubt: corruption and detection",
        "What broke, who saw it, how fast, and who was blamed.",
        List.of(
            lines(
                "Faults that struck",
                "By the kind of fault.",
                "none",
                query("redoubt_faults_struck_total{$i}", "{{kind}}")),
            lines(
                "Faults that were found",
                "By the kind of fault. A kind that stays behind its strikes is not seen.",
                "none",
                query("redoubt_faults_found_total{$i}", "{{kind}}")),
            lines(
                "Detections",
                "Alarms and losses, by the layer that saw them.",
                "none",
                query("redoubt_detections_total{$i} > 0", "{{detector}}")),
            lines(
                "Detection latency",
                "From the strike of a fault to its first alarm, mean, by detector.",
                "s",
                query(
                    "redoubt_detection_latency_seconds_sum{$i}"
                        + " / (redoubt_detection_latency_seconds_count{$i} > 0)",
                    "{{detector}}")),
            lines(
                "Blame",
                "Verdicts about workers.",
                "none",
                query("redoubt_blames_total{$i} > 0", "{{detector}}: {{verdict}}")),
            lines(
                "Alarms without a fault",
                "Alarms that no fault explains so far.",
                "none",
                query("redoubt_alarms_unexplained{$i}", "unexplained")),
            lines(
                "Evictions",
                "Workers taken off by the controller, by pod.",
                "none",
                query("redoubt_evictions_total{$i}", "{{pod}}")),
            lines(
                "Off the golden bits",
                "Commits of versions whose bits are not golden.",
                "none",
                query("redoubt_golden_mismatches_total{$i}", "commits")),
            lines(
                "Watermark lag",
                "How far the newest attested step is ahead of the verified watermark.",
                "none",
                query("redoubt_watermark_lag_steps{$i}", "steps"))));
  }

  private static Dashboard recovery() {
    return new Dashboard(
        "redoubt-recovery",
        "Redoubt: recovery and goodput ledger",
        "What faults cost.",
        List.of(
            lines(
                "Goodput",
                "Useful time over elapsed time since the first planned step.",
                "percentunit",
                query("redoubt_goodput_ratio{$i}", "goodput")),
            lines(
                "Where the time went",
                "The accounts of the run's time; together they are all of it.",
                "s",
                query("redoubt_ledger_time_seconds{$i}", "{{account}}")),
            lines(
                "Recoveries",
                "How many, by what was done.",
                "none",
                query("redoubt_recovery_duration_seconds_count{$i}", "{{kind}}")),
            lines(
                "Duration of a recovery",
                "From the first alarm to the next step: mean, by what was done.",
                "s",
                query(
                    "redoubt_recovery_duration_seconds_sum{$i}"
                        + " / redoubt_recovery_duration_seconds_count{$i}",
                    "{{kind}}")),
            lines(
                "Epochs",
                "Epochs that were opened, by their trigger.",
                "none",
                query("redoubt_epochs_total{$i} > 0", "{{trigger}}")),
            lines(
                "Steps done again",
                "Steps that recoveries had done again, and commits that were given up.",
                "none",
                query("redoubt_steps_repeated_total{$i}", "steps done again"),
                query("redoubt_rollbacks_total{$i}", "rollbacks")),
            lines(
                "Workers lost",
                "By who saw it.",
                "none",
                query("redoubt_workers_lost_total{$i} > 0", "{{detector}}")),
            lines(
                "Spares",
                "Workers without a rank.",
                "none",
                query("redoubt_cluster_spares{$i}", "spares"),
                query("redoubt_cluster_spares_planned{$i}", "planned"))));
  }

  private static Dashboard store() {
    return new Dashboard(
        "redoubt-store",
        "Redoubt: replica store and fabric",
        "Versions in memory, and the bytes that keep them alike.",
        List.of(
            lines(
                "Version stores",
                "Off-heap memory of each process's version stores.",
                "bytes",
                query("redoubt_versions_bytes{$i}", PROCESS)),
            lines(
                "Fabric: gradients and pieces",
                "Bytes a second that workers send, without headers, by pod.",
                "Bps",
                query("rate(redoubt_fabric_sent_bytes_total{$i}[$__rate_interval])", "{{pod}}")),
            lines(
                "Fabric: versions fetched again",
                "Bytes of versions that were fetched for repairs and for spares, by pod.",
                "bytes",
                query("redoubt_fabric_restored_bytes_total{$i}", "{{pod}}")),
            lines(
                "Blocks fetched again",
                "Blocks of versions that were fetched for repairs and for spares, by pod.",
                "none",
                query("redoubt_blocks_restored_total{$i}", "{{pod}}")),
            lines(
                "Waits in a step",
                "Share of the time that compute threads waited for others, by cause.",
                "percentunit",
                query(
                    "sum by (cause) (rate(redoubt_step_wait_duration_seconds_sum{$i}"
                        + "[$__rate_interval])) / on () group_left () count(count by (pod)"
                        + " (redoubt_step_wait_duration_seconds_sum{$i}))",
                    "{{cause}}")),
            lines(
                "Messages refused",
                "Messages not acted upon, most often of an older epoch.",
                "none",
                query("redoubt_messages_refused_total{$i}", "by the {{by}}"))));
  }

  private static Dashboard nodes() {
    return new Dashboard(
        "redoubt-nodes",
        "Redoubt: nodes and JVM",
        "Who computes, and what each JVM that is scraped needs for it.",
        List.of(
            new Panel(
                "Members that answer",
                "Members that are processes of their own, as they are scraped. Silent: it hangs.",
                "state-timeline",
                "none",
                24,
                List.of(query("up{job=\"redoubt-nodes\", $i}", "{{node}}")),
                Map.of(0, "silent", 1, "answers")),
            lines(
                "Computing in a step",
                "Median of a worker's step without its waits, by pod.",
                "s",
                quantile("0.5", "redoubt_step_compute_duration_seconds", "le, pod", "{{pod}}")),
            lines(
                "Longest step of late",
                "The longest step without waits in the last minutes, by pod: a slow machine shows.",
                "s",
                query("redoubt_step_compute_duration_seconds_max{$i}", "{{pod}}")),
            lines(
                "Heap",
                "Memory of each JVM's heap in use and held.",
                "bytes",
                heap("jvm_memory_used_bytes", "used"),
                heap("jvm_memory_committed_bytes", "held")),
            lines(
                "Direct buffers",
                "Memory of direct buffers, by pool.",
                "bytes",
                query("jvm_buffer_memory_used_bytes{$i}", PROCESS + " {{id}}")),
            lines(
                "Garbage collection",
                "Seconds of pauses in a second.",
                "percentunit",
                query(
                    "sum by (job, node) (rate(jvm_gc_pause_seconds_sum{$i}[$__rate_interval]))",
                    PROCESS)),
            lines(
                "Allocation",
                "Bytes allocated in a second.",
                "Bps",
                query("rate(jvm_gc_memory_allocated_bytes_total{$i}[$__rate_interval])", PROCESS)),
            lines(
                "Processors",
                "Share of the machine's processors in use.",
                "percentunit",
                query("process_cpu_usage{$i}", PROCESS),
                query("max(system_cpu_usage{$i})", "the machine")),
            lines(
                "Threads", "Live threads.", "none", query("jvm_threads_live_threads{$i}", PROCESS)),
            lines(
                "Steps of a member",
                "Mean of a member's steps without its waits, as the member says.",
                "s",
                query(
                    "rate(redoubt_member_compute_duration_seconds_sum{$i}[$__rate_interval])"
                        + " / rate(redoubt_member_compute_duration_seconds_count{$i}"
                        + "[$__rate_interval])",
                    "{{node}}")),
            lines(
                "Waits of a member",
                "Seconds in a second that a member's compute thread waited for others.",
                "percentunit",
                query(
                    "rate(redoubt_member_wait_duration_seconds_sum{$i}[$__rate_interval])",
                    "{{node}} {{cause}}")),
            lines(
                "Fabric: sent and received",
                "Bytes a second of a member, with heads and heartbeats.",
                "Bps",
                query(
                    "rate(redoubt_member_sent_bytes_total{$i}[$__rate_interval])", "{{node}} out"),
                query(
                    "rate(redoubt_member_received_bytes_total{$i}[$__rate_interval])",
                    "{{node}} in")),
            lines(
                "Fabric: connections",
                "Connections of a member to the others.",
                "none",
                query("redoubt_member_links{$i}", "{{node}}")),
            lines(
                "Refused by a member",
                "Messages not acted upon, and connections refused.",
                "none",
                query("redoubt_member_refused_total{$i}", "{{node}} messages"),
                query(
                    "sum by (node) (redoubt_member_connections_refused_total{$i})",
                    "{{node}} connections")),
            number(
                "Acted as controller",
                "Members on which the controller acted.",
                "none",
                query("redoubt_member_acting{$i} == 1", "{{node}}")),
            number("Uptime", "How long each JVM has run.", "s", query(UPTIME, PROCESS))));
  }

  /** One line for each process, whatever its pools are. */
  private static Panel.Query heap(String metric, String legend) {
    return query("sum by (job, node) (" + metric + "{area=\"heap\", $i})", PROCESS + " " + legend);
  }
}
