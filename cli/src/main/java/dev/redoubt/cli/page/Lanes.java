package dev.redoubt.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.page.Timeline.Kind;
import dev.redoubt.cli.page.Timeline.Lane;
import dev.redoubt.cli.page.Timeline.Mark;
import dev.redoubt.cli.page.Timeline.State;
import dev.redoubt.cli.page.Timeline.Stretch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a journal and finds what each machine was. Machines that are ended with the run are
 * not lost: nothing is looked at after the conclusion.
 */
final class Lanes {

  /** A machine, and since when it is what it is. */
  private static final class Machine {
    private final List<Stretch> stretches = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private String name = "";
    private @Nullable State state;
    private String rank = "";
    private double since;

    void become(double now, String nextName, State next, String nextRank) {
      State before = state;
      if (before == next && name.equals(nextName) && rank.equals(nextRank)) {
        return;
      }
      end(now);
      name = nextName;
      state = next;
      rank = nextRank;
      since = now;
    }

    void end(double now) {
      if (state != null && now > since) {
        stretches.add(new Stretch(since, now, name, state, rank));
      }
    }

    boolean lives() {
      return state == State.TRAINING || state == State.SPARE || state == State.ACTING;
    }
  }

  private static final Comparator<String> CONTROLLERS_FIRST =
      Comparator.comparing((String node) -> !isController(node))
          .thenComparingInt(String::length)
          .thenComparing(Comparator.naturalOrder());

  private final Map<String, Machine> machines = new TreeMap<>(CONTROLLERS_FIRST);
  private final Instant origin;
  private final Moments moments;

  private Lanes(Instant origin, Moments moments) {
    this.origin = origin;
    this.moments = moments;
  }

  /**
   * Without lanes if no step was ever planned.
   *
   * @param workers that were there from the start
   */
  static Timeline of(Journal journal, Moments moments, List<String> workers) {
    Instant origin = journal.origin().orElse(null);
    if (origin == null) {
      return new Timeline(0, List.of());
    }
    Lanes lanes = new Lanes(origin, moments);
    workers.stream()
        .filter(worker -> !worker.contains("~"))
        .forEach(worker -> lanes.machine(worker).become(0, worker, State.SPARE, ""));
    for (Journal.Line line : journal.lines()) {
      if (line.is("concluded")) {
        break;
      }
      lanes.take(line);
    }
    return lanes.timeline(Journal.seconds(origin, journal.end().orElse(origin)));
  }

  private Timeline timeline(double end) {
    List<Lane> lanes = new ArrayList<>();
    machines.forEach(
        (node, machine) -> {
          machine.end(end);
          lanes.add(new Lane(node, machine.stretches, machine.marks));
        });
    return new Timeline(end, lanes);
  }

  /** By its first name: {@code w1~2} is {@code w1} that came back. */
  private Machine machine(String node) {
    int again = node.indexOf('~');
    return machines.computeIfAbsent(
        again < 0 ? node : node.substring(0, again), name -> new Machine());
  }

  private double at(Journal.Line line) {
    return at(line.time());
  }

  private double at(Instant time) {
    return Math.max(0, Journal.seconds(origin, time));
  }

  private void take(Journal.Line line) {
    double now = at(line);
    switch (line.event()) {
      case "epoch-opened" -> seats(now, line.fields().path("seats"));
      case "replaced" -> become(now, line.node(), State.TRAINING, line.text("rank"));
      case "worker-lost" -> ends(line, State.GONE, Kind.LOST);
      case "evicted" -> ends(line, State.EVICTED, Kind.EVICTED);
      case "drained" -> become(now, line.node(), State.DRAINED, "");
      case "blamed" -> mark(line, Kind.BLAMED);
      case "fault-struck" -> struck(line);
      case "detected" -> alarm(line);
      case "controller-acting" -> acts(now, line.node());
      case "member-started" -> starts(now, line.node());
      case "member-taken-off", "member-ended", "member-switched-off" -> gone(now, line.node());
      default -> {}
    }
  }

  private void seats(double now, JsonNode seats) {
    Map<String, String> ranks = new LinkedHashMap<>();
    for (JsonNode seat : seats) {
      String[] pair = seat.asText().split("=", 2);
      if (pair.length == 2) {
        ranks.put(pair[1], pair[0]);
      }
    }
    ranks.forEach((node, rank) -> become(now, node, State.TRAINING, rank));
    machines
        .values()
        .forEach(
            machine -> {
              if (machine.state == State.TRAINING && !ranks.containsKey(machine.name)) {
                machine.become(now, machine.name, State.SPARE, "");
              }
            });
  }

  private void become(double now, String node, State state, String rank) {
    machine(node).become(now, node, state, rank);
  }

  private void ends(Journal.Line line, State state, Kind kind) {
    become(at(line), line.node(), state, "");
    mark(line, kind);
  }

  private void struck(Journal.Line line) {
    String fault = line.text("fault");
    double when = moments.of(fault).map(struck -> at(struck.at())).orElse(at(line));
    if (line.text("kind").equals("crash")) {
      gone(when, line.node());
    }
    String text = fault + ": " + line.text("evidence");
    machine(line.node()).marks.add(new Mark(when, Kind.STRUCK, text));
  }

  private void mark(Journal.Line line, Kind kind) {
    if (!line.node().isEmpty()) {
      machine(line.node()).marks.add(new Mark(at(line), kind, line.text("cause")));
    }
  }

  /** An alarm names ranks; it is shown with those that hold them. */
  private void alarm(Journal.Line line) {
    for (JsonNode suspect : line.fields().path("suspects")) {
      String text = line.text("detector") + ": " + line.text("cause");
      machines.values().stream()
          .filter(machine -> machine.rank.equals(suspect.asText()))
          .forEach(machine -> machine.marks.add(new Mark(at(line), Kind.ALARM, text)));
    }
  }

  private void acts(double now, String node) {
    machines.values().stream()
        .filter(machine -> machine.state == State.ACTING)
        .forEach(machine -> machine.become(now, machine.name, State.SPARE, ""));
    if (machine(node).state != State.GONE) {
      become(now, node, State.ACTING, "");
    }
  }

  private void starts(double now, String node) {
    Machine machine = machine(node);
    if (machine.state == null || !machine.name.equals(node)) {
      machine.become(now, node, State.SPARE, "");
    }
  }

  private void gone(double now, String node) {
    Machine machine = machine(node);
    if (machine.name.equals(node) && machine.lives()) {
      machine.become(now, node, State.GONE, "");
    }
  }

  private static boolean isController(String node) {
    return node.startsWith("c");
  }
}
