package dev.redoubt.cli.run;

import dev.redoubt.cli.RunEngine.Event;
import dev.redoubt.cli.RunEngine.Observer;
import dev.redoubt.cli.live.Ask;
import dev.redoubt.cli.live.FaultLine;
import dev.redoubt.cli.live.Injections;
import dev.redoubt.cli.live.LivePage;
import dev.redoubt.cli.live.Member.State;
import dev.redoubt.cli.scenario.Direction;
import dev.redoubt.cli.scenario.Phase;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Site;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.trainer.GoldenResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Shows a run on its live page, and takes the faults that are asked for there: each becomes one of
 * the plan, with an id of its own, and strikes where planned ones do.
 */
final class LiveRun implements RunListener, Injections {

  private static final String PREFIX = "ui-";
  private static final int ASKED_MAX = 1000;

  /** The highest of the mantissa: the number stays an ordinary one, and only digests can tell. */
  private static final int BIT = 22;

  private final LivePage page;
  private final Scenario scenario;
  private final RunSpec spec;
  private final FaultLedger ledger;
  private final RunHistory history;
  private final Observer observer;
  private final LiveMembers members;
  private final Map<String, Strike> strikes = new HashMap<>();
  private final Map<String, String> found = new HashMap<>();
  private final Set<String> asked = new HashSet<>();
  private final Set<String> named;
  private long committed;
  private long epoch;
  private boolean training;
  private boolean over;
  private boolean newAlarms;
  private int last;

  private LiveRun(
      LivePage page,
      Scenario scenario,
      RunSpec spec,
      FaultLedger ledger,
      RunHistory history,
      Observer observer) {
    this.page = page;
    this.scenario = scenario;
    this.spec = spec;
    this.ledger = ledger;
    this.history = history;
    this.observer = observer;
    this.members = new LiveMembers(spec.members());
    this.named =
        scenario.faults().stream().map(Scenario.Fault::id).collect(Collectors.toUnmodifiableSet());
  }

  /** Shows a run on {@code page} from now on. */
  static LiveRun on(
      LivePage page,
      Scenario scenario,
      RunSpec spec,
      FaultLedger ledger,
      @Nullable GoldenResult golden,
      RunHistory history,
      Observer observer) {
    LiveRun run = new LiveRun(page, scenario, spec, ledger, history, observer);
    double[] losses = golden == null ? new double[0] : golden.losses();
    page.board().forming(losses, run.members.now(System.nanoTime()));
    page.board().faults(run.lines());
    page.accept(run);
    return run;
  }

  @Override
  public synchronized void note(long nanos, Note note) {
    epoch = note.epoch();
    members.note(note);
    switch (note) {
      case Note.EpochOpened opened -> {
        committed = opened.base();
        page.board().epoch(epoch, Math.toIntExact(committed));
      }
      case Note.StepStarted ignored -> training = true;
      case Note.StepCommitted done -> {
        committed = done.step();
        page.board().committed(Math.toIntExact(committed), done.loss());
        look();
      }
      case Note.Detected ignored -> newAlarms = true;
      case Note.Blamed ignored -> newAlarms = true;
      case Note.WorkerLost ignored -> newAlarms = true;
      case Note.ControllerChanged ignored -> newAlarms = true;
      case Note.Concluded ignored -> {
        over = true;
        look();
      }
      default -> {}
    }
    page.board().members(members.now(nanos));
  }

  /** Which faults have been found since. */
  private void look() {
    if (!newAlarms) {
      return;
    }
    newAlarms = false;
    List<Fault> plan = ledger.plan().faults();
    Alarms alarms = new Alarms(history, plan, spec.protocol().keepVersions());
    for (RunHistory.Timed<Strike> strike : history.strikes()) {
      plan.stream()
          .filter(fault -> fault.id().equals(strike.what().faultId()))
          .flatMap(fault -> alarms.first(fault).stream())
          .forEach(alarm -> found.putIfAbsent(strike.what().faultId(), found(strike, alarm)));
    }
    page.board().faults(lines());
  }

  private static String found(RunHistory.Timed<Strike> strike, Alarm alarm) {
    double seconds = Math.max(0, (alarm.nanos() - strike.nanos()) * 1e-9);
    return String.format(Locale.ROOT, "%s, %.3f s", alarm.detector().label(), seconds);
  }

  /** What is named or asked for, and of what the storm draws only what struck. */
  private List<FaultLine> lines() {
    List<FaultLine> lines = new ArrayList<>();
    for (Fault fault : ledger.plan().faults()) {
      Strike strike = strikes.get(fault.id());
      boolean byHand = asked.contains(fault.id());
      if (strike != null || byHand || named.contains(fault.id())) {
        lines.add(
            new FaultLine(
                fault.id(),
                fault.kind(),
                fault.target().toString(),
                byHand,
                strike == null ? fault.when().step() : strike.step(),
                strike == null ? null : strike.node(),
                strike == null ? "" : strike.evidence(),
                found.get(fault.id())));
      }
    }
    return lines;
  }

  @Override
  public synchronized void struck(long nanos, Strike strike) {
    newAlarms = true;
    strikes.put(strike.faultId(), strike);
    ledger.plan().faults().stream()
        .filter(fault -> fault.id().equals(strike.faultId()))
        .forEach(fault -> members.struck(nanos, strike, fault));
    page.board().members(members.now(nanos));
    page.board().faults(lines());
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {}

  @Override
  public void measured(long nanos, StepMeasure measure) {}

  @Override
  public void members(int alive) {}

  @Override
  public synchronized void acting(long nanos, String node) {
    members.acting(node);
    page.board().members(members.now(nanos));
  }

  @Override
  public synchronized void machine(long nanos, String node, String kind, String what) {
    members.machine(node, kind);
    page.board().members(members.now(nanos));
  }

  @Override
  public synchronized Answer inject(Ask ask) {
    String why = refusal(ask);
    if (why != null) {
      return new Answer.Refused(why);
    }
    Scenario.Fault fault =
        new Scenario.Fault(
            nextId(), new Scenario.At(Math.toIntExact(committed + 1), Phase.COMPUTE), what(ask));
    ledger.add(Conversion.asked(fault));
    asked.add(fault.id());
    page.asked(fault);
    observer.event(asked(fault, ask));
    page.board().faults(lines());
    return new Answer.Accepted(fault.id());
  }

  private @Nullable String refusal(Ask ask) {
    String holder = members.holder(ask.place());
    if (!training) {
      return "the training has not begun";
    }
    if (over || committed + 2 > spec.train().steps()) {
      return "it is too late: the last step is under way";
    }
    if (asked.size() >= ASKED_MAX) {
      return "more than " + ASKED_MAX + " faults in a run are not taken";
    }
    if (holder == null) {
      return "nobody holds " + ask.place();
    }
    if (!holder.equals(ask.node())) {
      return ask.place() + " is held by " + holder + " now";
    }
    State state = members.state(holder, System.nanoTime());
    if (state != State.TRAINING && state != State.ACTING) {
      return holder + " does not train now";
    }
    return ask.kind() == Ask.Kind.BIT_FLIP && ask.place().equals(LiveMembers.CONTROLLER)
        ? "the controller holds no model state in which a bit could flip"
        : null;
  }

  private String nextId() {
    Set<String> ids =
        ledger.plan().faults().stream().map(Fault::id).collect(Collectors.toUnmodifiableSet());
    do {
      last++;
    } while (ids.contains(PREFIX + last));
    return PREFIX + last;
  }

  private Scenario.Inject what(Ask ask) {
    Scenario.Victim victim =
        ask.place().equals(LiveMembers.CONTROLLER)
            ? new Scenario.Controller()
            : worker(ask.place());
    return switch (ask.kind()) {
      case CRASH -> new Scenario.Crash(victim, null, false);
      case PAUSE -> new Scenario.Pause(victim, ask.seconds());
      case PARTITION -> new Scenario.Partition(victim, List.of(), Direction.BOTH, ask.seconds());
      case BIT_FLIP -> flip(worker(ask.place()));
    };
  }

  /** Only asked for places that somebody holds. */
  private static Scenario.Worker worker(String place) {
    String[] parts = place.replace("pod", "").split("/rank", -1);
    Rank rank = new Rank(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    return new Scenario.Worker(rank.pod(), rank.index());
  }

  /** Somewhere in the weights of a feed-forward layer, which every rank has a part of. */
  private Scenario.BitFlip flip(Scenario.Worker worker) {
    SplittableRandom random = new SplittableRandom(scenario.seed() + last);
    var model = scenario.model().dimensions();
    long elements = (long) model.width() * model.ffnWidth() / scenario.cluster().workersPerPod();
    return new Scenario.BitFlip(
        worker,
        Site.PARAMETERS,
        "blocks." + random.nextInt(model.layers()) + ".ffn.up",
        random.nextLong(elements),
        BIT,
        null,
        null);
  }

  private Event asked(Scenario.Fault fault, Ask ask) {
    return new Event(
        fault.at().step(),
        epoch,
        ask.node(),
        "fault-asked",
        "fault %s was asked for: %s of %s on %s"
            .formatted(fault.id(), fault.inject().kind(), ask.place(), ask.node()),
        Map.of("fault", fault.id(), "kind", fault.inject().kind(), "target", ask.place()));
  }
}
