package dev.redoubt.node.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Corruption;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Place;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Share;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.TheController;
import dev.redoubt.fault.Trouble;
import dev.redoubt.fault.When;
import dev.redoubt.node.StepMeasure;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What goes over the pipes arrives as it was sent, at the right time, and from whom it counts. */
class ChannelTest {

  private static final Digest DIGEST = new Digest(0xFEDCBA9876543210L);
  private static final Rank RANK = new Rank(1, 0);
  private static final WorkerId W1 = new WorkerId("w1");

  private static Stream<Report> reports() {
    Assignment assignment = new Assignment(3, 8, List.of(new Seat(RANK, W1)));
    Verdict verdict = new Verdict.Completed(List.of(new Verdict.FinalDigest(RANK, W1, DIGEST)));
    Strike flip =
        new Strike(
            "flip",
            "bit-flip",
            "w1",
            3,
            "seen",
            new Strike.Change<>(1, 2),
            new Strike.Change<>(DIGEST, new Digest(1)));
    return Stream.of(
        new Report.Up("akka://redoubt@127.0.0.1:4711"),
        new Report.PortTaken(4711),
        new Report.Belongs(),
        new Report.Scraped(9404),
        new Report.Clock(1, 2),
        new Report.Acting(3),
        new Report.Noted(4, new Note.StepCommitted(3, 7, List.of(DIGEST), 5.5, assignment)),
        new Report.Noted(
            4,
            new Note.Diagnosed(
                3,
                7,
                new WorkerId("w1"),
                new Rank(1, 0),
                Note.Kind.PERSISTENT,
                List.of(new WorkerId("w0")),
                new Note.Located(2, 14, "ffn.up", 3, 0, 9, 0x3F800001, 0x3F800000),
                "evidence")),
        new Report.Noted(4, new Note.Concluded(3, verdict)),
        new Report.Struck(5, flip),
        new Report.Refused(6, "w1", "RunStep", "old"),
        new Report.Measured(7, new StepMeasure("w1", RANK, 3, 7, 1, 2, 3, 4)),
        new Report.Machine(7, "healed", "it is over"),
        new Report.Members(3),
        new Report.Concluded(8, verdict),
        new Report.Defect("trace"),
        new Report.Deaf(10),
        new Report.Claim(9, "flip"),
        new Report.Wanted("flip", 3));
  }

  @Test
  void everyReportArrivesAsItWasSent() throws Exception {
    for (Report report : reports().toList()) {
      String line = Lines.write(report);
      assertThat(line).doesNotContain("\n");
      assertThat(Lines.read(line, Report.class)).isEqualTo(report);
    }
    assertThat(reports().<Class<?>>map(Object::getClass).distinct())
        .containsExactlyInAnyOrder(Report.class.getPermittedSubclasses());
  }

  @Test
  void everyOrderArrivesAsItWasSent() throws Exception {
    List<Order> orders = new ArrayList<>(faults().map(Order.Ask::new).toList());
    orders.addAll(
        List.of(
            new Order.Clock(1),
            new Order.Proceed("flip"),
            new Order.Claimed(2, true),
            new Order.Cut(3, Set.of("akka://redoubt@127.0.0.1:1"), Set.of("w1")),
            new Order.Exhaust(),
            new Order.End()));
    for (Order order : orders) {
      assertThat(Lines.read(Lines.write(order), Order.class)).isEqualTo(order);
    }
    assertThat(orders.stream().<Class<?>>map(Object::getClass).distinct())
        .containsExactlyInAnyOrder(Order.class.getPermittedSubclasses());
    assertThat(faults().<Class<?>>map(Object::getClass).distinct())
        .containsExactlyInAnyOrderElementsOf(Lines.members(Fault.class).toList());
    assertThat(troubles().<Class<?>>map(Object::getClass).distinct())
        .containsExactlyInAnyOrderElementsOf(Lines.members(Trouble.class).toList());
  }

  private static Stream<Fault> faults() {
    When soon = new When(4, Phase.COMPUTE, true);
    Target target = new Target(1, 0);
    TheController controller = new TheController();
    return Stream.concat(
        troubles().map(trouble -> new NetworkFault("n", soon, target, trouble)),
        Stream.of(
            new Crash("a", soon, controller),
            new Crash("b", soon, target, OptionalInt.of(3)),
            new Crash("b2", soon, target, OptionalInt.empty(), true),
            new Hang("c", soon, target),
            new Pause("d", soon, target, Duration.ofNanos(1_500_000_001)),
            new Slow("e", soon, target, 2.5, 7),
            new Partition(
                "f",
                soon,
                target,
                List.of(controller),
                Partition.Direction.IN,
                Optional.of(Duration.ofMillis(1))),
            new Partition("g", soon, target, List.of(), Partition.Direction.BOTH, Optional.empty()),
            new Drain("h", new When(4, Phase.PLAN, true), target),
            new Corruption(
                "k",
                soon,
                target,
                new Place(Site.GRADIENT, "head", 5, OptionalInt.of(2), OptionalInt.empty()),
                new Pattern.Burst(8, 0.25, 9),
                new Recurrence(3, 0.5),
                true),
            new DefectiveCore(
                "m",
                soon,
                new Spare(1),
                DefectiveCore.Unit.ALL,
                3,
                1,
                0,
                0,
                new Recurrence(Integer.MAX_VALUE, 1)),
            new DefectiveCore(
                "l", soon, target, DefectiveCore.Unit.FMA, 3, 1 << 31, 1, 1, Recurrence.ONCE),
            BitFlip.inState("i", soon, target, Site.PARAMETERS, "head", 5L, 30),
            BitFlip.inStoredCopy("j", soon, target, "head", 5L, 30, 2)));
  }

  private static Stream<Trouble> troubles() {
    Duration length = Duration.ofMillis(1_500);
    return Stream.of(
        new Trouble.CorruptFrame(1 << 31, 5, Trouble.Receivers.ALL, 3),
        new Trouble.Delay(length, 2),
        new Trouble.Loss(Share.first(3)),
        new Trouble.Duplicate(Share.of(0.25, 4)),
        new Trouble.Reorder(Share.first(1)),
        new Trouble.SlowLink(1_000_000, 2),
        new Trouble.CutFrames(Partition.Direction.OUT, length),
        new Trouble.CutControl(Partition.Direction.IN, length));
  }

  /** It would be claimed again in every step, and that is a question to the supervisor. */
  @Test
  void whatStrikesAsSoonAsItCanIsClaimedOnce() {
    BitFlip flip =
        BitFlip.inState(
            "i", new When(4, Phase.COMPUTE, true), new Target(1, 0), Site.PARAMETERS, "head", 5, 3);
    String ask = Lines.write(new Order.Ask(flip)) + "\n";
    ByteArrayInputStream supervisor = new ByteArrayInputStream((ask + ask).getBytes(UTF_8));
    ReportChannel channel =
        new ReportChannel(
            new FaultPlan(List.of()).opened(),
            supervisor,
            new PrintStream(OutputStream.nullOutputStream(), true, UTF_8));

    assertThat(channel.obey()).isEqualTo("the supervisor is gone");
    assertThat(channel.plan().faults()).containsExactly(flip);

    boolean ignored = channel.claim(flip);
    assertThat(channel.plan().faults()).isEmpty();
  }

  @Test
  void theFastestAnswerTellsTheOffset() {
    Offset slow = Offset.of(1_000, 6_050, 1_100, null);
    assertThat(slow.ours(6_050)).isEqualTo(1_050);
    assertThat(slow.errorNanos()).isEqualTo(50);

    Offset fast = Offset.of(2_000, 7_004, 2_010, slow);
    assertThat(fast.errorNanos()).isEqualTo(5);
    assertThat(fast.nanos()).isEqualTo(4_999);
    assertThat(Offset.of(3_000, 9_000, 3_500, fast)).isEqualTo(fast);
  }
}
