package dev.redoubt.simulator;

import dev.redoubt.core.Controller;
import dev.redoubt.core.ControllerEffect;
import dev.redoubt.core.ControllerEvent;
import dev.redoubt.core.ControllerState;
import dev.redoubt.core.Message;
import dev.redoubt.core.Note;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.core.Span;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.program.ProductAlarm;
import dev.redoubt.trainer.program.ProductChecks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Controller and workers on one thread, in virtual time, with the real trainer, the real memory and
 * real faults: only threads, network and clock are simulated. A message is delivered at once, in
 * the order in which it was sent, so a run is a function of its setup and its faults. When there is
 * nothing to deliver, time moves on to the controller's next tick.
 *
 * <p>One trainer and one pool of buffers serve all workers of all runs. To be used by one thread;
 * threads that each have their own may share the data and the golden versions.
 */
public final class SimulatedCluster implements AutoCloseable {

  private static final long TICK_MILLIS = 50;
  private static final long MILLIS_MAX = 600_000;

  /** Something that is done at a time; at the same time in the order in which it was asked for. */
  private record Timer(long at, long number, Runnable doing) {}

  private final GoldenVersions golden;
  private final Samples data;
  private final ModelConfig model;
  private final TrainConfig train;
  private final Arena arena = Arena.ofShared();
  private final Trainer trainer;
  private final GradientPool pool;
  private final List<ProductAlarm> wrongProducts = new ArrayList<>();
  private final Queue<Runnable> queue = new ArrayDeque<>();
  private final Map<WorkerId, SimulatedWorker> workers = new LinkedHashMap<>();
  private final List<Note> notes = new ArrayList<>();
  private @Nullable ControllerState controller;
  private @Nullable Verdict verdict;
  private final Queue<Timer> timers =
      new PriorityQueue<>(Comparator.comparingLong(Timer::at).thenComparingLong(Timer::number));
  private long timerNumber;
  private long nowMillis;
  private long lastTick;

  /** Takes the memory that all runs share. */
  public SimulatedCluster(
      ModelConfig model, TrainConfig train, Samples data, GoldenVersions golden) {
    this.model = model;
    this.train = train;
    this.data = data;
    this.golden = golden;
    this.trainer = new Trainer(model, train, data);
    this.pool = new GradientPool(arena, trainer.layout().regionBytes());
  }

  /** Where each tensor stands. */
  public ParameterLayout layout() {
    return trainer.layout();
  }

  /**
   * Runs from version {@code protocol.first()}, which is taken from the golden ones, to the end.
   *
   * @throws IllegalStateException if the run does not end within ten minutes of virtual time, or
   *     its controller stands down: a defect
   */
  public SimulatedRun run(ProtocolConfig protocol, FaultPlan faults) {
    return run(protocol, ProductChecks.NONE, faults);
  }

  /**
   * As above.
   *
   * @param products which matrix products workers check
   */
  public SimulatedRun run(ProtocolConfig protocol, ProductChecks products, FaultPlan faults) {
    Setup setup = new Setup(protocol, model, train, data);
    FaultLedger ledger = new FaultLedger(faults);
    clear();
    trainer.check(products, wrongProducts::add);
    List<VersionStore> stores = new ArrayList<>();
    try {
      Map<String, DirectEndpoint> endpoints = new HashMap<>();
      try (Arena lent = Arena.ofConfined()) {
        for (int index = 0; index < protocol.mesh().workers(); index++) {
          VersionStore store =
              new VersionStore(trainer.layout().stateBytes(), protocol.keepVersions());
          stores.add(store);
          WorkerId id = new WorkerId("worker-" + index);
          Bench bench = new Bench(trainer, store, pool, ledger, wrongProducts);
          DirectEndpoint endpoint = new DirectEndpoint(id.name(), endpoints, lent);
          workers.put(id, new SimulatedWorker(id, setup, this, bench, endpoint));
        }
        Verdict end = untilTheEnd(protocol);
        return new SimulatedRun(
            end, List.copyOf(notes), ledger.strikes(), golden.digests(protocol.steps()).root());
      }
    } finally {
      trainer.check(ProductChecks.NONE, wrongProducts::add);
      stores.forEach(VersionStore::close);
    }
  }

  /**
   * Replays the step of a wrong result and bisects it.
   *
   * @param microbatches of a step
   */
  Diagnosis diagnose(DataFault fault, int microbatches) {
    return new Diagnostics(trainer, model.vocabulary(), microbatches, golden, pool).of(fault);
  }

  private void clear() {
    queue.clear();
    workers.clear();
    notes.clear();
    pool.takeBackAll();
    verdict = null;
    timers.clear();
    nowMillis = 0;
    lastTick = 0;
  }

  private Verdict untilTheEnd(ProtocolConfig protocol) {
    controller = ControllerState.start(protocol, nowMillis);
    workers.keySet().forEach(id -> tell(new Message.Join(id)));
    while (verdict == null) {
      Runnable next = queue.poll();
      if (next != null) {
        next.run();
      } else {
        pass();
      }
    }
    return verdict;
  }

  /** Nothing is left to do now: time moves on to the next timer, or to the controller's tick. */
  private void pass() {
    Timer first = timers.peek();
    if (first != null && first.at() <= lastTick + TICK_MILLIS) {
      timers.remove();
      nowMillis = Math.max(nowMillis, first.at());
      queue.add(first.doing());
      return;
    }
    lastTick += TICK_MILLIS;
    nowMillis = lastTick;
    if (nowMillis > MILLIS_MAX) {
      throw new IllegalStateException("no end after " + nowMillis + " ms of virtual time");
    }
    control(new ControllerEvent.Tick());
  }

  private void control(ControllerEvent event) {
    Controller.Step step = Controller.step(Objects.requireNonNull(controller), event, nowMillis);
    controller = step.state();
    step.effects().forEach(this::perform);
  }

  private void perform(ControllerEffect effect) {
    switch (effect) {
      case ControllerEffect.Send send -> {
        SimulatedWorker worker = workers.get(send.worker());
        if (worker != null) {
          queue.add(() -> worker.on(new WorkerEvent.Told(send.message())));
        }
      }
      case ControllerEffect.Expel expel ->
          queue.add(() -> control(new ControllerEvent.Down(expel.worker())));
      case ControllerEffect.Write write -> notes.add(write.note());
      case ControllerEffect.StandDown down -> throw new IllegalStateException(down.reason());
      case ControllerEffect.Conclude conclude -> verdict = conclude.verdict();
    }
  }

  // For the workers.

  GoldenVersions golden() {
    return golden;
  }

  void later(Runnable doing) {
    queue.add(doing);
  }

  /** Does something when so much virtual time has passed. */
  void after(long millis, Runnable doing) {
    timers.add(new Timer(nowMillis + millis, timerNumber++, doing));
  }

  void tell(Message.ToController message) {
    queue.add(() -> control(new ControllerEvent.Received(message)));
  }

  /** Hands a sum over at once: its buffer may be used for another one afterwards. */
  void frame(
      WorkerId from,
      WorkerId to,
      long epoch,
      long step,
      Span span,
      MemorySegment gradient,
      double loss) {
    SimulatedWorker worker = workers.get(to);
    if (worker != null) {
      MemorySegment copy = pool.take().copyFrom(gradient);
      queue.add(
          () -> {
            worker.receive(from, epoch, step, span, copy, loss);
            pool.give(copy);
          });
    }
  }

  @Override
  public void close() {
    trainer.close();
    arena.close();
  }
}
