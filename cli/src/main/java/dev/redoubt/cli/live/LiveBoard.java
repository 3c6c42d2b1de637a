package dev.redoubt.cli.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.scenario.Scenario;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the page shows of a run. The run writes on it, on any thread, and never waits for a reader;
 * {@link #tick} turns what is new into messages of a {@link Feed}, a few times a second, however
 * fast the steps are.
 */
public final class LiveBoard {

  private static final int FEED_LENGTH = 2048;
  private static final int EVENTS_KEPT = 200;
  private static final int FAULTS_SHOWN = 100;
  private static final int POINTS_MAX = 2000;
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * What to begin with.
   *
   * @param last message of the feed that is in it
   */
  record Snapshot(long last, String data) {}

  private final Clock clock;
  private final Map<String, Object> run = new LinkedHashMap<>();
  private final Feed feed = new Feed(FEED_LENGTH);
  private final LossCurve curve = new LossCurve(POINTS_MAX);
  private final LossCurve golden = new LossCurve(POINTS_MAX);
  private final Map<Integer, Double> fresh = new TreeMap<>();
  private final ArrayDeque<Map<String, Object>> events = new ArrayDeque<>();
  private List<Member> members = List.of();
  private List<FaultLine> faults = List.of();
  private String phase = "golden-run";
  private int step;
  private long epoch;
  private @Nullable Double loss;
  private @Nullable String verdict;
  private String reason = "";
  private boolean changed;

  /** An empty board for a run of this scenario. */
  public LiveBoard(Scenario scenario, Clock clock) {
    this.clock = clock;
    run.put("scenario", scenario.name());
    run.put("seed", Long.toString(scenario.seed()));
    run.put("mode", scenario.mode().word());
    run.put("model", scenario.model().name());
    run.put("pods", scenario.cluster().pods());
    run.put("ranks", scenario.cluster().workersPerPod());
    run.put("spares", scenario.cluster().spares());
    run.put("steps", scenario.train().steps());
  }

  /**
   * The golden run is done, and the cluster comes up.
   *
   * @param losses of the golden run, from step 1 on
   */
  public synchronized void forming(double[] losses, List<Member> who) {
    for (int i = 0; i < losses.length; i++) {
      golden.add(i + 1, losses[i]);
    }
    members = List.copyOf(who);
    phase = "forming";
    feed.add("golden", json(golden.points()));
    changed = true;
  }

  /** The machines and what they do now. */
  public synchronized void members(List<Member> now) {
    List<Member> next = List.copyOf(now);
    changed |= !next.equals(members);
    members = next;
  }

  /** The faults of the plan, and what was asked for. */
  public synchronized void faults(List<FaultLine> now) {
    faults = List.copyOf(now.subList(Math.max(0, now.size() - FAULTS_SHOWN), now.size()));
    changed = true;
  }

  /** A step was committed. */
  public synchronized void committed(int newest, double of) {
    phase = "training";
    step = newest;
    loss = of;
    curve.add(newest, of);
    if (Double.isFinite(of)) {
      fresh.put(newest, of);
    }
    changed = true;
  }

  /** The epoch of now, and the step that all stand on. */
  public synchronized void epoch(long now, int base) {
    epoch = now;
    step = base;
    changed = true;
  }

  /** Something that people should know of. */
  public synchronized void event(@Nullable Integer at, String node, String kind, String headline) {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    event.put("step", at);
    event.put("node", node);
    event.put("kind", kind);
    event.put("text", headline);
    events.addLast(event);
    if (events.size() > EVENTS_KEPT) {
      events.removeFirst();
    }
    feed.add("event", json(event));
  }

  /** The run is over. */
  public synchronized void ended(String word, String why) {
    phase = "ended";
    verdict = word;
    reason = why;
    changed = true;
  }

  /** Without a verdict, if there is none yet. */
  synchronized void endedAtLast() {
    if (verdict == null) {
      ended("none", "the run ended without a verdict; its messages say why");
    }
  }

  Feed feed() {
    return feed;
  }

  /** Passes on what is new. */
  synchronized void tick() {
    if (!fresh.isEmpty()) {
      feed.add("loss", json(LossCurve.pairs(fresh)));
      fresh.clear();
    }
    if (changed) {
      changed = false;
      feed.add("state", json(state()));
    }
  }

  synchronized Snapshot snapshot() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("run", run);
    all.put("golden", golden.points());
    all.put("loss", curve.points());
    all.put("events", new ArrayList<>(events));
    all.put("state", state());
    return new Snapshot(feed.last(), json(all));
  }

  private Map<String, Object> state() {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("phase", phase);
    state.put("step", step);
    state.put("epoch", Long.toString(epoch));
    state.put("loss", loss == null || !Double.isFinite(loss) ? null : loss);
    state.put("verdict", verdict);
    state.put("reason", reason);
    state.put("members", members.stream().map(LiveBoard::member).toList());
    state.put("faults", faults);
    return state;
  }

  private static Map<String, Object> member(Member member) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("name", member.name());
    shown.put("controller", member.controller());
    shown.put("place", member.place());
    shown.put("state", member.state().word());
    return shown;
  }

  /** On one line: a line's end would be the end of the message. */
  private static String json(Object what) {
    try {
      return JSON.writeValueAsString(what);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written as JSON: " + what, e);
    }
  }
}
