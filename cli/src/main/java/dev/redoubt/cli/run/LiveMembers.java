package dev.redoubt.cli.run;

import dev.redoubt.cli.live.Member;
import dev.redoubt.cli.live.Member.State;
import dev.redoubt.core.Note;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.Role;
import dev.redoubt.node.RunSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each machine does, by what was noted of it: its part in the training, and a fault on top of
 * that for as long as it lasts.
 */
final class LiveMembers {

  static final String CONTROLLER = "controller";

  private static final Set<State> GONE = Set.of(State.LEFT, State.EVICTED, State.LOST);

  /** A state that ends by itself, or when something is said of it. */
  private record Trouble(State state, long untilNanos) {}

  private final Map<String, State> states = new LinkedHashMap<>();
  private final Map<String, Trouble> troubles = new HashMap<>();
  private final Map<String, String> holders = new HashMap<>();

  LiveMembers(List<String> members) {
    members.forEach(name -> states.put(name, State.JOINING));
  }

  void acting(String node) {
    states.replaceAll(
        (name, state) -> isController(name) && !GONE.contains(state) ? State.STANDS_BY : state);
    states.put(node, State.ACTING);
    holders.put(CONTROLLER, node);
  }

  private static boolean isController(String name) {
    return RunSpec.role(name) == Role.CONTROLLER;
  }

  void note(Note note) {
    switch (note) {
      case Note.EpochOpened opened -> seat(opened.assignment().seats());
      case Note.WorkerLost lost -> gone(lost.worker(), State.LOST);
      case Note.Evicted evicted -> gone(evicted.worker(), State.EVICTED);
      case Note.Drained drained -> gone(drained.worker(), State.LEFT);
      default -> {}
    }
  }

  private void seat(List<Seat> seats) {
    holders.keySet().removeIf(place -> !place.equals(CONTROLLER));
    states.replaceAll(
        (name, state) -> isController(name) || GONE.contains(state) ? state : State.SPARE);
    for (Seat seat : seats) {
      holders.put(seat.rank().toString(), seat.worker().name());
      states.put(seat.worker().name(), State.TRAINING);
    }
  }

  private void gone(WorkerId worker, State state) {
    gone(worker.name(), state);
  }

  private void gone(String name, State state) {
    if (!GONE.contains(states.getOrDefault(name, State.JOINING))) {
      states.put(name, state);
      holders.values().removeIf(name::equals);
    }
  }

  void machine(String node, String kind) {
    switch (kind) {
      case "started" -> {
        String machine = new WorkerId(node).machine();
        states.keySet().removeIf(old -> new WorkerId(old).machine().equals(machine));
        states.put(node, State.JOINING);
      }
      case "taken-off", "ended", "switched-off" -> gone(node, State.LOST);
      case "resumed", "healed" -> troubles.remove(node);
      default -> {}
    }
  }

  void struck(long nanos, Strike strike, Fault fault) {
    String node = strike.node();
    switch (fault) {
      case Crash ignored -> gone(node, State.LOST);
      case Hang ignored -> troubles.put(node, new Trouble(State.STANDS_STILL, Long.MAX_VALUE));
      case Pause pause ->
          troubles.put(node, new Trouble(State.PAUSED, nanos + pause.length().toNanos()));
      case Partition ignored -> troubles.put(node, new Trouble(State.CUT_OFF, Long.MAX_VALUE));
      default -> {}
    }
  }

  /** Who holds a place now. */
  @Nullable String holder(String place) {
    return holders.get(place);
  }

  /** What a machine does now. */
  State state(String name, long nanos) {
    State state = states.getOrDefault(name, State.LOST);
    Trouble trouble = troubles.get(name);
    return trouble == null || nanos >= trouble.untilNanos() || GONE.contains(state)
        ? state
        : trouble.state();
  }

  List<Member> now(long nanos) {
    return states.keySet().stream()
        .map(name -> new Member(name, isController(name), place(name), state(name, nanos)))
        .toList();
  }

  private @Nullable String place(String name) {
    Optional<String> place =
        holders.entrySet().stream()
            .filter(holder -> holder.getValue().equals(name))
            .map(Map.Entry::getKey)
            .findFirst();
    return place.orElse(null);
  }
}
