package dev.redoubt.node.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.redoubt.node.Role;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The supervisor's end of one member's process. All but reading is done on the run's thread. */
final class Child {

  private static final int END_SECONDS_MAX = 10;

  /** What a process was ended or stopped by. */
  enum State {
    RUNNING,
    STOPPED,
    KILLED,
    ENDED
  }

  private final Place place;
  private final Process process;
  private final Hardware hardware;
  private final BufferedWriter orders;
  private @Nullable Offset offset;
  private @Nullable String address;
  private State state = State.RUNNING;
  private boolean member;

  Child(Place place, Launched launched) {
    this.place = place;
    this.process = launched.process();
    this.hardware = launched.hardware();
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Reads reports to the end of the stream on a thread of its own, then waits for the exit code.
   *
   * @param reports told of each, in order
   * @param strange told of a line that is no report
   * @param ended told of the exit code, after all reports
   */
  void listen(Consumer<Report> reports, Consumer<String> strange, Consumer<Integer> ended) {
    Thread.ofPlatform()
        .daemon()
        .name("reports-" + name())
        .start(
            () -> {
              read(reports, strange);
              ended.accept(exitCode());
            });
  }

  private void read(Consumer<Report> reports, Consumer<String> strange) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Report report = parse(line);
        if (report == null) {
          strange.accept(line);
        } else {
          reports.accept(report);
        }
      }
    } catch (IOException e) {
      // The pipe of a process that was killed may end in an error; its exit code tells the rest.
    }
  }

  private static @Nullable Report parse(String line) {
    try {
      return Lines.read(line, Report.class);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private int exitCode() {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  String name() {
    return place.name();
  }

  Role role() {
    return place.role();
  }

  /** The machine that it runs on. */
  Hardware hardware() {
    return hardware;
  }

  State state() {
    return state;
  }

  /** Whether it can still do something one day. */
  boolean lives() {
    return state == State.RUNNING || state == State.STOPPED;
  }

  @Nullable String address() {
    return address;
  }

  void up(String where) {
    address = where;
  }

  void belong() {
    member = true;
  }

  /** Whether the cluster ever took it in. */
  boolean belongs() {
    return member;
  }

  /** Whether it belongs to the cluster, and moves. */
  boolean isMember() {
    return member && state == State.RUNNING;
  }

  /** Says something, if somebody is still there to hear it. */
  void order(Order order) {
    try {
      orders.write(Lines.write(order));
      orders.newLine();
      orders.flush();
    } catch (IOException e) {
      // It is gone, or on its way: the end of its output says so.
    }
  }

  /** Its answer to a question about its clock. */
  Offset clock(Report.Clock answer, long now) {
    Offset measured = Offset.of(answer.asked(), answer.nanos(), now, offset);
    offset = measured;
    return measured;
  }

  /** A moment of its clock on ours. */
  long ours(long nanos) {
    return offset == null ? nanos : offset.ours(nanos);
  }

  /** Takes its power away; returns what proves that it is gone, or null. */
  @Nullable String kill() throws InterruptedException {
    if (!process.isAlive()) {
      return null;
    }
    state = State.KILLED;
    return hardware.kill();
  }

  /** Makes it stand still; returns what proves it, or null. */
  @Nullable String stop() throws InterruptedException {
    String proof = hardware.stop();
    if (proof != null) {
      state = State.STOPPED;
    }
    return proof;
  }

  /** Lets it go on; false if it is not there any more. */
  boolean resume() throws InterruptedException {
    boolean goesOn = hardware.resume();
    if (goesOn) {
      state = State.RUNNING;
    }
    return goesOn;
  }

  /** It has ended; who killed it is remembered. */
  void ended() {
    if (state != State.KILLED) {
      state = State.ENDED;
    }
  }

  /** Asks it to end in order; one that stands still cannot. */
  void bow() {
    if (state == State.RUNNING) {
      order(new Order.End());
    }
    try {
      orders.close();
    } catch (IOException e) {
      // It is gone.
    }
  }

  /** Waits until {@code deadline} of {@link System#nanoTime()} for its end, then kills it. */
  void bury(long deadline) {
    try {
      if (state == State.RUNNING) {
        boolean ignored =
            process.waitFor(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
      hardware.discard();
      boolean ignored = process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      hardware.discard();
      Thread.currentThread().interrupt();
    }
  }
}
