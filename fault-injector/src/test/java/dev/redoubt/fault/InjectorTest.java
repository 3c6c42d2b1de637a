package dev.redoubt.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class InjectorTest {

  private static final Target VICTIM = new Target(1, 0);
  private static final Target BYSTANDER = new Target(0, 0);
  private static final Crash CRASH = new Crash("crash", new When(15, Phase.COMPUTE), VICTIM);
  private static final BitFlip STATE =
      BitFlip.inState(
          "state", new When(15, Phase.COMPUTE), VICTIM, Site.FIRST_MOMENTS, "head", 1, 30);
  private static final BitFlip UPDATE =
      BitFlip.inState("update", new When(15, Phase.UPDATE), VICTIM, Site.PARAMETERS, "head", 1, 30);
  private static final BitFlip GRADIENT =
      BitFlip.inGradient(
          "gradient", new When(15, Phase.COMPUTE), VICTIM, "head", 1, 30, OptionalInt.of(3));
  private static final BitFlip ANY_GRADIENT =
      BitFlip.inGradient(
          "any", new When(16, Phase.COMPUTE), VICTIM, "head", 1, 30, OptionalInt.empty());
  private static final BitFlip COPY =
      BitFlip.inStoredCopy("copy", new When(15, Phase.COMPUTE), VICTIM, "head", 1, 30, 2);

  private final FaultPlan plan =
      new FaultPlan(List.of(CRASH, STATE, UPDATE, GRADIENT, ANY_GRADIENT, COPY));
  private final FaultLedger ledger = new FaultLedger(plan);
  private final Injector injector = new Injector(ledger);

  @Test
  void each_fault_strikes_at_its_hook_its_step_and_its_rank_only() {
    assertThat(injector.beforeCompute(14, VICTIM)).isEmpty();
    assertThat(injector.beforeCompute(15, BYSTANDER)).isEmpty();
    assertThat(injector.afterUpdate(14, VICTIM)).isEmpty();
    assertThat(due(14, Phase.COMPUTE)).isEmpty();
    assertThat(injector.beforeCompute(15, VICTIM)).containsExactly(CRASH);
    assertThat(due(15, Phase.COMPUTE)).containsExactly(STATE, COPY);
    assertThat(gradient(15, 2, VICTIM)).isEmpty();
    assertThat(gradient(15, 3, BYSTANDER)).isEmpty();
    assertThat(gradient(15, 3, VICTIM)).containsExactly(GRADIENT);
    assertThat(injector.afterUpdate(15, VICTIM)).isEmpty();
    assertThat(due(15, Phase.UPDATE)).containsExactly(UPDATE);
  }

  private List<MemoryFault> due(long step, Phase phase) {
    return injector.due(step, phase, VICTIM, Site.ofVersions());
  }

  private List<MemoryFault> gradient(long step, int microbatch, @Nullable Target holds) {
    return injector.inMicrobatch(step, microbatch, holds, Site.GRADIENT, flip -> true);
  }

  @Test
  void a_gradient_fault_waits_for_the_part_that_its_element_is_in() {
    Predicate<MemoryFault> behind = flip -> flip.place().element() > 1;
    assertThat(injector.inMicrobatch(15, 3, VICTIM, Site.GRADIENT, behind)).isEmpty();
    assertThat(injector.inMicrobatch(15, 3, VICTIM, Site.GRADIENT, behind.negate()))
        .containsExactly(GRADIENT);
  }

  @Test
  void a_gradient_fault_without_a_microbatch_strikes_the_first() {
    assertThat(gradient(16, 5, VICTIM)).containsExactly(ANY_GRADIENT);
    assertThat(gradient(16, 6, VICTIM)).isEmpty();
  }

  @Test
  void a_step_that_is_redone_is_not_struck_again_nor_is_the_replacement() {
    assertThat(injector.beforeCompute(15, VICTIM)).isNotEmpty();
    assertThat(injector.beforeCompute(15, VICTIM)).isEmpty();
    assertThat(new Injector(ledger).beforeCompute(15, VICTIM)).isEmpty();
    assertThat(new Injector(new FaultLedger(plan)).beforeCompute(15, VICTIM)).isNotEmpty();
  }

  @Test
  void a_step_is_calm_if_no_fault_begins_in_it_and_none_lasts_till_then() {
    assertThat(injector.isCalm(14)).isTrue();
    assertThat(injector.isCalm(15)).as("several begin").isFalse();
    assertThat(injector.isCalm(16)).as("one of any gradient").isFalse();
    assertThat(injector.isCalm(17)).isTrue();
    Injector machine = new Injector(new FaultLedger(new FaultPlan(List.of(lasting(3, 1, false)))));
    assertThat(strikes(machine, 15, 4, VICTIM)).isTrue();
    assertThat(machine.isCalm(17)).as("it lasts").isFalse();
    assertThat(machine.isCalm(18)).isTrue();
  }

  @Test
  void no_later_step_is_calm_while_a_fault_waits_for_its_target() {
    Crash whenever = new Crash("crash", new When(15, Phase.COMPUTE, true), VICTIM);
    Injector waiting = new Injector(new FaultLedger(new FaultPlan(List.of(whenever))));
    assertThat(waiting.isCalm(14)).isTrue();
    assertThat(waiting.isCalm(15)).isFalse();
    assertThat(waiting.isCalm(40)).isFalse();
  }

  private static Corruption lasting(int steps, double probability, boolean everywhere) {
    OptionalInt microbatch = everywhere ? OptionalInt.of(3) : OptionalInt.empty();
    return new Corruption(
        "lasting",
        new When(15, Phase.COMPUTE),
        VICTIM,
        new Place(Site.GRADIENT, "head", 1, microbatch, OptionalInt.empty()),
        Pattern.bit(30),
        new Recurrence(steps, probability),
        everywhere);
  }

  @Test
  void a_fault_that_lasts_stays_with_its_machine_and_strikes_once_in_each_try_of_a_step() {
    FaultLedger lasting = new FaultLedger(new FaultPlan(List.of(lasting(2, 1, false))));
    Injector machine = new Injector(lasting);
    Injector other = new Injector(lasting);
    assertThat(strikes(machine, 14, 0, VICTIM)).isFalse();
    assertThat(strikes(machine, 15, 4, VICTIM)).isTrue();
    assertThat(strikes(machine, 15, 5, VICTIM)).isFalse();
    assertThat(strikes(machine, 15, 4, VICTIM)).as("the step is done again").isTrue();
    assertThat(strikes(other, 15, 4, VICTIM)).as("the replacement").isFalse();
    assertThat(strikes(machine, 16, 4, BYSTANDER)).as("with another rank").isTrue();
    assertThat(strikes(machine, 16, 4, null)).as("an audit").isFalse();
    assertThat(strikes(machine, 17, 4, VICTIM)).as("it is over").isFalse();
  }

  @Test
  void a_fault_that_strikes_by_chance_does_so_about_as_often() {
    FaultLedger lasting = new FaultLedger(new FaultPlan(List.of(lasting(4000, 0.25, false))));
    Injector machine = new Injector(lasting);
    long strikes =
        IntStream.range(15, 4015).filter(step -> strikes(machine, step, 0, VICTIM)).count();
    // Five standard deviations.
    assertThat(strikes).isBetween(1000L - 137, 1000L + 137);
  }

  @Test
  void wrong_software_is_wrong_on_every_machine_whoever_asks_and_is_proved_once() {
    Corruption bug = lasting(1, 1, true);
    FaultLedger everywhere = new FaultLedger(new FaultPlan(List.of(bug)));
    Injector machine = new Injector(everywhere);
    Injector other = new Injector(everywhere);
    assertThat(strikes(machine, 15, 3, VICTIM)).isTrue();
    assertThat(strikes(machine, 15, 3, VICTIM)).isTrue();
    assertThat(strikes(other, 15, 3, BYSTANDER)).isTrue();
    assertThat(strikes(other, 15, 3, null)).as("an audit").isTrue();
    assertThat(strikes(other, 15, 2, null)).as("another microbatch").isFalse();
    assertThat(machine.provesNow(bug)).isTrue();
    assertThat(other.provesNow(bug)).isFalse();
    assertThat(machine.provesNow(bug)).isFalse();
  }

  private static boolean strikes(
      Injector injector, long step, int microbatch, @Nullable Target holds) {
    return !injector.inMicrobatch(step, microbatch, holds, Site.GRADIENT, _ -> true).isEmpty();
  }

  @RepeatedTest(50)
  void of_many_workers_that_ask_at_once_one_is_struck() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    AtomicInteger crashes = new AtomicInteger();
    List<Thread> workers =
        IntStream.range(0, 4)
            .mapToObj(
                _ ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              awaitQuietly(start);
                              if (new Injector(ledger).beforeCompute(15, VICTIM).contains(CRASH)) {
                                crashes.incrementAndGet();
                              }
                            }))
            .toList();
    start.countDown();
    for (Thread worker : workers) {
      worker.join();
    }
    assertThat(crashes).hasValue(1);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_fault_that_was_claimed_is_unproven_until_its_strike_is_written_down() {
    assertThat(ledger.unproven()).containsExactlyElementsOf(plan.faults());
    injector.beforeCompute(15, VICTIM);
    assertThat(ledger.unproven()).containsExactlyElementsOf(plan.faults());
    Strike strike = Strike.of(CRASH, "node-1", 15, "actor system terminated");
    ledger.record(strike);
    assertThat(ledger.strikes()).containsExactly(strike);
    assertThat(ledger.unproven()).doesNotContain(CRASH).hasSize(5);
  }

  @Test
  void the_ledger_refuses_strikes_that_nobody_claimed_or_that_come_twice() {
    Strike strike = Strike.of(CRASH, "node-1", 15, "process 4711 exited with 137");
    assertThatThrownBy(() -> ledger.record(strike))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("nobody claimed fault 'crash'");
    assertThat(ledger.claim(CRASH)).isTrue();
    assertThat(ledger.claim(CRASH)).isFalse();
    ledger.record(strike);
    assertThatThrownBy(() -> ledger.record(strike))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("fault 'crash' struck already");
    Crash stranger = new Crash("stranger", CRASH.when(), VICTIM);
    assertThatThrownBy(() -> ledger.claim(stranger))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fault 'stranger' is not in the plan");
  }

  /** Nobody who asks for a fault in a run that goes knows which step its target is in. */
  @Test
  void what_is_asked_for_strikes_once_in_the_next_step_that_its_target_comes_to() {
    FaultLedger open = new FaultLedger(plan.opened());
    Injector injector = new Injector(open);
    When soon = new When(20, Phase.COMPUTE, true);
    Crash asked = new Crash("ui-1", soon, new Target(2, 0));
    List<Fault> heard = new ArrayList<>();
    open.follow(heard::add);
    open.add(asked);

    assertThat(heard).containsExactly(asked);
    assertThat(open.added()).containsExactly(asked);
    assertThat(injector.beforeCompute(19, new Target(2, 0))).isEmpty();
    assertThat(injector.beforeCompute(23, new Target(0, 1))).isEmpty();
    assertThat(injector.beforeReduce(23, new Target(2, 0))).isEmpty();
    assertThat(injector.beforeCompute(23, new Target(2, 0))).containsExactly(asked);
    assertThat(injector.beforeCompute(24, new Target(2, 0))).isEmpty();
  }

  @Test
  void nothing_is_added_to_a_plan_that_is_not_open() {
    Crash asked = new Crash("ui-1", new When(20, Phase.COMPUTE, true), new Target(2, 0));
    assertThatThrownBy(() -> ledger.add(asked)).isInstanceOf(IllegalStateException.class);
    assertThat(ledger.plan()).isEqualTo(plan);
  }

  /** A storm's faults are held back by their place in the plan. */
  @Test
  void what_is_added_is_not_held_back_and_what_was_stays_so() {
    FaultPlan storm = new FaultPlan(plan.faults(), 1, 2).opened();
    Crash asked = new Crash("ui-1", new When(20, Phase.COMPUTE, true), new Target(2, 0));
    FaultPlan more = storm.with(asked);

    assertThat(more.allows(asked, 1, 1)).isTrue();
    assertThat(more.allows(plan.faults().getLast(), 1, 1)).isFalse();
    assertThat(more.without(asked)).isEqualTo(storm);
  }

  private static DefectiveCore core(Victim target, int operandMask, DefectiveCore.Unit unit) {
    return new DefectiveCore(
        "core",
        new When(15, Phase.COMPUTE),
        target,
        unit,
        3,
        1 << 5,
        operandMask,
        operandMask,
        new Recurrence(Integer.MAX_VALUE, 1));
  }

  /** Twenty results of a test, all zero; the operand is one wherever the index is even. */
  private static final class Results implements OperationOutput {
    private final int[] bits = new int[20];
    private final boolean product;

    Results(boolean product) {
      this.product = product;
    }

    @Override
    public String name() {
      return "test";
    }

    @Override
    public String tiled() {
      return "test of products";
    }

    @Override
    public boolean isProduct() {
      return product;
    }

    @Override
    public int columns() {
      return bits.length;
    }

    @Override
    public int operand(long index) {
      return index % 2 == 0 ? 1 : 0;
    }

    @Override
    public long size() {
      return bits.length;
    }

    @Override
    public int get(long index) {
      return bits[(int) index];
    }

    @Override
    public void set(long index, int value) {
      bits[(int) index] = value;
    }

    List<Integer> struck() {
      return IntStream.range(0, bits.length).filter(i -> bits[i] != 0).boxed().toList();
    }
  }

  @Test
  void a_core_of_a_spare_is_claimed_once_as_its_step_is_planned_and_strikes_what_it_tests() {
    DefectiveCore core = core(new Spare(1), 0, DefectiveCore.Unit.FMA);
    FaultLedger spares = new FaultLedger(new FaultPlan(List.of(core)));
    Injector controller = new Injector(spares);
    Injector machine = new Injector(spares);
    List<Strike> proofs = new ArrayList<>();
    CoreInjector cores = new CoreInjector(machine, "w4", proofs::add);

    assertThat(controller.atSpares(14, 2)).isEmpty();
    assertThat(controller.atSpares(15, 1)).as("there is no second spare").isEmpty();
    assertThat(machine.beforeCompute(15, VICTIM)).as("who has a rank is no spare").isEmpty();
    assertThat(controller.atSpares(15, 2)).containsExactly(core);
    assertThat(controller.atSpares(15, 2)).isEmpty();

    Results before = new Results(true);
    cores.inTest(before);
    assertThat(before.struck()).isEmpty();

    machine.has(core, 15);
    Results after = new Results(true);
    cores.inTest(after);
    cores.inTest(new Results(true));
    Results noProduct = new Results(false);
    cores.inTest(noProduct);
    assertThat(after.struck()).containsExactly(3, 19);
    assertThat(noProduct.struck()).isEmpty();
    assertThat(proofs)
        .singleElement()
        .satisfies(
            proof -> {
              assertThat(proof.node()).isEqualTo("w4");
              assertThat(proof.step()).isEqualTo(15);
              assertThat(proof.evidence()).startsWith("test of products, result 3 in lane 3");
            });
  }

  @Test
  void a_core_that_wants_an_operand_strikes_where_it_is_in_every_unit() {
    DefectiveCore core = core(VICTIM, 1, DefectiveCore.Unit.ALL);
    Injector machine = new Injector(new FaultLedger(new FaultPlan(List.of(core))));
    CoreInjector cores = new CoreInjector(machine, "w1", proof -> {});

    assertThat(machine.beforeCompute(15, VICTIM)).isEmpty();
    Results results = new Results(false);
    cores.inTest(results);
    assertThat(results.struck()).as("columns 3 and 19 have another operand").isEmpty();
  }

  @Test
  void a_machine_that_is_back_under_another_name_has_the_core_that_it_had() {
    DefectiveCore core = core(VICTIM, 0, DefectiveCore.Unit.ALL);
    FaultLedger faults = new FaultLedger(new FaultPlan(List.of(core)));
    Injector machine = new Injector(faults);
    assertThat(machine.beforeCompute(15, VICTIM)).isEmpty();
    new CoreInjector(machine, "w1", faults::record).inTest(new Results(true));

    assertThat(faults.defects("w1")).as("it is not back").isEmpty();
    assertThat(faults.defects("w11~2")).as("another machine").isEmpty();
    assertThat(faults.defects("w1~2")).containsExactly(Map.entry("core", 15L));

    Injector back = new Injector(faults);
    back.inherit(faults.defects("w1~2"));
    Results results = new Results(true);
    new CoreInjector(back, "w1~2", faults::record).inTest(results);
    assertThat(results.struck()).containsExactly(3, 19);
    assertThat(faults.strikes()).as("it was proved long since").hasSize(1);
  }
}
