package dev.redoubt.node.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.node.Strikes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's end of the pipes to its supervisor: reports go out, orders come in. A report is in the
 * pipe when the call returns, so that it survives a kill of this process right after it.
 */
final class ReportChannel implements RunListener, FaultDesk, Strikes {

  private static final Logger LOG = LoggerFactory.getLogger(ReportChannel.class);

  private static final int REHEARSALS = 200;

  private final Map<String, Long> defects;
  private volatile FaultPlan plan;
  private final Set<String> asked = new HashSet<>();
  private final BufferedReader in;
  private final PrintStream out;
  private final Map<Long, CompletableFuture<Boolean>> claims = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<Boolean>> strikes = new ConcurrentHashMap<>();
  private final AtomicLong lastRequest = new AtomicLong();
  private volatile Consumer<Order.Cut> cuts = cut -> {};
  private final CountDownLatch over = new CountDownLatch(1);

  ReportChannel(FaultPlan plan, InputStream in, PrintStream out) {
    this(plan, Map.of(), in, out);
  }

  /**
   * The channel of a machine that was there before.
   *
   * @param defects that it was seen to have
   */
  ReportChannel(FaultPlan plan, Map<String, Long> defects, InputStream in, PrintStream out) {
    this.plan = plan;
    this.defects = Map.copyOf(defects);
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
  }

  void say(Report report) {
    String line = Lines.write(report);
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  /** Makes itself fast at what a controller notes when somebody is lost; nothing is said. */
  static void rehearse() {
    WorkerId lost = new WorkerId("lost");
    WorkerId spare = new WorkerId("spare");
    Rank rank = new Rank(0, 0);
    Assignment assignment = new Assignment(1, 1, List.of(new Seat(rank, spare)));
    List<Note> notes =
        List.of(
            new Note.WorkerLost(1, 1, lost, rank, Detector.MEMBERSHIP, ""),
            new Note.Replaced(1, rank, lost, spare),
            new Note.Dissolved(1, 0, lost, List.of(spare)),
            new Note.EpochOpened(1, 0, Note.Trigger.LOSS, "", assignment),
            new Note.Restored(1, 0, spare, rank, lost, 1, 1),
            new Note.StepStarted(1, 1));
    for (int round = 0; round < REHEARSALS; round++) {
      for (Note note : notes) {
        String ignored = Lines.write(new Report.Noted(0, note));
      }
    }
  }

  /** Who carries out cuts of the network. */
  void onCut(Consumer<Order.Cut> doing) {
    cuts = doing;
  }

  /** Reads orders to the end of the stream, and says why it is over. */
  String obey() {
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        switch (Lines.read(line, Order.class)) {
          case Order.Clock clock -> say(new Report.Clock(clock.asked(), System.nanoTime()));
          case Order.Claimed claimed -> answer(claimed);
          case Order.Cut cut -> cuts.accept(cut);
          case Order.Proceed proceed -> proceed(proceed.fault());
          case Order.Ask ask -> add(ask.fault());
          case Order.Exhaust ignored -> Exhaustion.begin();
          case Order.End ignored -> {
            return "the run is over";
          }
        }
      }
      return "the supervisor is gone";
    } catch (JsonProcessingException e) {
      LOG.error("the supervisor said something that is no order", e);
      return "the supervisor said something that is no order";
    } catch (IOException e) {
      return "the supervisor cannot be heard any more: " + e.getMessage();
    } finally {
      over.countDown();
      claims.values().forEach(waiting -> waiting.complete(false));
      strikes.values().forEach(waiting -> waiting.complete(false));
    }
  }

  private void answer(Order.Claimed claimed) {
    CompletableFuture<Boolean> waiting = claims.remove(claimed.request());
    if (waiting != null) {
      waiting.complete(claimed.granted());
    }
  }

  void defect(Throwable defect) {
    LOG.error("a defect", defect);
    say(new Report.Defect(defect.toString()));
  }

  @Override
  public FaultPlan plan() {
    return plan;
  }

  private synchronized void add(Fault fault) {
    if (asked.add(fault.id())) {
      plan = plan.with(fault);
    }
  }

  /**
   * Asks the supervisor, and waits for its answer. A fault that strikes as soon as it can is asked
   * for once: it would come up again in every step.
   */
  @Override
  public boolean claim(Fault fault) {
    if (fault.when().orLater()) {
      forget(fault);
    }
    long request = lastRequest.incrementAndGet();
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    claims.put(request, answer);
    if (over.getCount() == 0) {
      return false;
    }
    say(new Report.Claim(request, fault.id()));
    return answer.join();
  }

  private synchronized void forget(Fault fault) {
    plan = plan.without(fault);
  }

  @Override
  public Map<String, Long> defects(String node) {
    return defects;
  }

  /** The supervisor writes it down when it hears that it struck. */
  @Override
  public void record(Strike strike) {}

  /** Leaves it to the supervisor, and does nothing more here until it has struck. */
  @Override
  public boolean strike(String node, Fault fault, long step) {
    CompletableFuture<Boolean> struck = new CompletableFuture<>();
    strikes.put(fault.id(), struck);
    say(new Report.Wanted(fault.id(), step));
    if (over.getCount() > 0) {
      struck.join();
    }
    return true;
  }

  private void proceed(String fault) {
    CompletableFuture<Boolean> waiting = strikes.remove(fault);
    if (waiting != null) {
      waiting.complete(true);
    }
  }

  @Override
  public void note(long nanos, Note note) {
    say(new Report.Noted(nanos, note));
  }

  @Override
  public void struck(long nanos, Strike strike) {
    say(new Report.Struck(nanos, strike));
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {
    say(new Report.Refused(nanos, worker, what, reason));
  }

  @Override
  public void measured(long nanos, StepMeasure measure) {
    say(new Report.Measured(nanos, measure));
  }

  @Override
  public void machine(long nanos, String node, String kind, String what) {
    say(new Report.Machine(nanos, kind, what));
  }

  @Override
  public void members(int alive) {
    say(new Report.Members(alive));
  }

  @Override
  public void acting(long nanos, String node) {
    say(new Report.Acting(nanos));
  }
}
