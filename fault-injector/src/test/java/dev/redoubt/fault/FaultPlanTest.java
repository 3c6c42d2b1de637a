package dev.redoubt.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FaultPlanTest {

  private static final Target TARGET = new Target(0, 0);
  private static final When COMPUTE = new When(1, Phase.COMPUTE);
  private static final When UPDATE = new When(1, Phase.UPDATE);
  private static final OptionalInt NONE = OptionalInt.empty();

  @Test
  void ids_differ_and_are_not_blank() {
    Crash crash = new Crash("crash", COMPUTE, TARGET);
    refused(
        () -> new FaultPlan(List.of(crash, crash)),
        "each fault needs an id of its own, not 'crash' again or blank");
    refused(
        () -> new FaultPlan(List.of(new Crash("", COMPUTE, TARGET))),
        "each fault needs an id of its own, not '' again or blank");
  }

  @Test
  void bits_elements_steps_and_ranks_are_in_range() {
    refused(
        () -> BitFlip.inState("f", COMPUTE, TARGET, Site.PARAMETERS, "t", 0, 32),
        "fault 'f': a 32-bit float has bits 0 to 31, not 32");
    refused(
        () -> BitFlip.inState("f", COMPUTE, TARGET, Site.PARAMETERS, "t", -1, 0),
        "fault 'f': elements count from 0, not -1");
    refused(() -> new When(0, Phase.COMPUTE), "the first step is 1, not 0");
    refused(() -> new Target(-1, 0), "pods and ranks count from 0, not -1 and 0");
  }

  @Test
  void microbatch_and_age_belong_to_their_sites() {
    refused(
        () -> flip(COMPUTE, Site.PARAMETERS, OptionalInt.of(1), NONE),
        "fault 'f': a microbatch, from 0, belongs to the sites gradient, activations, product and tokens");
    refused(
        () -> flip(COMPUTE, Site.GRADIENT, OptionalInt.of(-1), NONE),
        "fault 'f': a microbatch, from 0, belongs to the sites gradient, activations, product and tokens");
    for (OptionalInt age : List.of(NONE, OptionalInt.of(0))) {
      refused(
          () -> flip(COMPUTE, Site.STORED_COPY, NONE, age),
          "fault 'f': an age of at least 1 belongs to the site stored-copy, and to no other");
    }
    refused(
        () -> flip(COMPUTE, Site.PARAMETERS, NONE, OptionalInt.of(1)),
        "fault 'f': an age of at least 1 belongs to the site stored-copy, and to no other");
  }

  @Test
  void gradients_and_stored_copies_are_struck_in_compute() {
    refused(
        () -> flip(UPDATE, Site.GRADIENT, NONE, NONE),
        "fault 'f': the site gradient is struck in the phase compute");
    refused(
        () -> flip(UPDATE, Site.STORED_COPY, NONE, OptionalInt.of(1)),
        "fault 'f': the site stored-copy is struck in the phase compute");
  }

  @Test
  void what_is_reduced_and_what_is_attested_have_phases_of_their_own() {
    refused(
        () -> flip(COMPUTE, Site.REDUCED_GRADIENT, NONE, NONE),
        "fault 'f': the site reduced-gradient is struck in the phase update");
    refused(
        () -> new BitFlip("f", COMPUTE, TARGET, Site.DIGEST, "", 0, 63, NONE, NONE),
        "fault 'f': the site digest is struck in the phase attest");
    refused(
        () -> new BitFlip("f", COMPUTE, TARGET, Site.TOKENS, "t", 0, 1, NONE, NONE),
        "fault 'f': nothing is to be named");
    refused(
        () -> corruption(Site.GRADIENT, new Pattern.StaleRead(2), false),
        "fault 'f': only parameters and moments have an older version to be read");
    refused(
        () -> corruption(Site.GRADIENT, new Pattern.Nulled(2), true),
        "fault 'f': software is wrong in a microbatch, which is to be named: every machine comes to"
            + " others");
  }

  private static Corruption corruption(Site site, Pattern pattern, boolean everywhere) {
    return new Corruption(
        "f", COMPUTE, TARGET, Place.of(site, "t", 0), pattern, Recurrence.ONCE, everywhere);
  }

  @Test
  void sites_are_read_as_they_are_written() {
    assertThat(List.of(Site.values()))
        .extracting(Site::kebab)
        .containsExactly(
            "parameters",
            "first-moments",
            "second-moments",
            "stored-copy",
            "gradient",
            "activations",
            "product",
            "tokens",
            "reduced-gradient",
            "digest",
            "audit");
    for (Site site : Site.values()) {
      assertThat(Site.parse(site.kebab())).isEqualTo(site);
    }
    refused(
        () -> Site.parse("PARAMETERS"),
        "no site 'PARAMETERS'; there are parameters, first-moments, second-moments, stored-copy,"
            + " gradient, activations, product, tokens, reduced-gradient, digest, audit");
  }

  @Test
  void the_catalogue_knows_every_kind_of_fault_once() {
    List<String> kinds = new ArrayList<>(kinds(Fault.class).toList());
    kinds.add(Corruption.SOFTWARE);
    kinds.add(Crash.OUT_OF_MEMORY);
    kinds.addAll(kinds(Trouble.class).toList());
    assertThat(FaultCatalogue.entries())
        .extracting(FaultCatalogue.Entry::kind)
        .containsExactlyInAnyOrderElementsOf(kinds);
    assertThat(FaultCatalogue.entries())
        .allSatisfy(entry -> assertThat(entry.source()).containsPattern("\\(20\\d\\d\\)"));
  }

  /**
   * The parameters that the catalogue names are the components of the record, beside the common.
   */
  @Test
  void the_catalogue_names_the_parameters_of_a_bit_flip() {
    List<String> components =
        Arrays.stream(BitFlip.class.getRecordComponents())
            .map(RecordComponent::getName)
            .filter(name -> !List.of("id", "when", "target").contains(name))
            .toList();
    assertThat(FaultCatalogue.entries())
        .filteredOn(entry -> entry.kind().equals(BitFlip.KIND))
        .singleElement()
        .satisfies(
            entry ->
                assertThat(entry.parameters())
                    .extracting(FaultCatalogue.Parameter::name)
                    .containsExactlyElementsOf(components));
  }

  private static Stream<String> kinds(Class<?> fault) {
    return fault.isInterface()
        ? Arrays.stream(fault.getPermittedSubclasses())
            .filter(one -> one != NetworkFault.class) // Its kinds are those of its troubles.
            .flatMap(FaultPlanTest::kinds)
        : Stream.of(kindOf(fault));
  }

  private static String kindOf(Class<?> fault) {
    try {
      return String.valueOf(fault.getField("KIND").get(null));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no KIND in " + fault, e);
    }
  }

  private static BitFlip flip(When when, Site site, OptionalInt microbatch, OptionalInt age) {
    return new BitFlip("f", when, TARGET, site, "t", 0, 0, microbatch, age);
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
