package dev.redoubt.cli.run;

import dev.redoubt.cli.metrics.Level;
import dev.redoubt.cli.metrics.MetricRegistry;
import dev.redoubt.cli.metrics.MetricTable;
import dev.redoubt.core.Note;
import dev.redoubt.core.WorkerId;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What each machine does, for a timeline: by the machine's name, whichever its incarnation. */
final class NodeStates {

  private enum State {
    GONE(0),
    SPARE(1),
    TRAINING(2);

    /** As the help of the metric says. */
    private final int value;

    State(int value) {
      this.value = value;
    }
  }

  private final MetricRegistry registry;
  private final Level spares;
  private final Map<String, State> states = new TreeMap<>();

  NodeStates(MetricRegistry registry, Iterable<String> workers) {
    this.registry = registry;
    this.spares = registry.level(MetricTable.SPARES);
    workers.forEach(worker -> set(new WorkerId(worker), State.SPARE));
  }

  void note(Note note) {
    switch (note) {
      case Note.EpochOpened opened -> seated(Set.copyOf(opened.assignment().workers()));
      case Note.WorkerLost lost -> set(lost.worker(), State.GONE);
      case Note.Evicted evicted -> set(evicted.worker(), State.GONE);
      case Note.Drained drained -> set(drained.worker(), State.GONE);
      default -> {}
    }
  }

  void machine(String node, String kind) {
    if (node.startsWith("w")) {
      switch (kind) {
        case "started" -> set(new WorkerId(node), State.SPARE);
        case "taken-off", "ended", "switched-off" -> set(new WorkerId(node), State.GONE);
        default -> {}
      }
    }
  }

  private void seated(Set<WorkerId> workers) {
    Set<String> machines = workers.stream().map(WorkerId::machine).collect(Collectors.toSet());
    machines.forEach(machine -> states.putIfAbsent(machine, State.TRAINING));
    states.replaceAll(
        (machine, state) ->
            machines.contains(machine)
                ? State.TRAINING
                : state == State.TRAINING ? State.SPARE : state);
    show();
  }

  private void set(WorkerId worker, State state) {
    states.put(worker.machine(), state);
    show();
  }

  private void show() {
    states.forEach(
        (machine, state) -> registry.level(MetricTable.NODE_STATE, machine).set(state.value));
    spares.set((double) states.values().stream().filter(state -> state == State.SPARE).count());
  }
}
