package dev.redoubt.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dependencies point down only; core is pure; only the node knows Akka. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.redoubt");

  private static final Map<String, String[]> MODULES =
      Map.of(
          "core", new String[] {"dev.redoubt.core.."},
          "trainer", new String[] {"dev.redoubt.trainer.."},
          "store", new String[] {"dev.redoubt.store.."},
          "redundancy", new String[] {"dev.redoubt.redundancy.."},
          "digest", new String[] {"dev.redoubt.digest.."},
          "fault", new String[] {"dev.redoubt.fault.."},
          "node", new String[] {"dev.redoubt.node.."},
          "simulator", new String[] {"dev.redoubt.simulator.."},
          "cli", new String[] {"dev.redoubt.cli.."});
  private static final Map<String, Set<String>> MAY_USE =
      Map.of(
          "core", Set.of("digest"),
          "trainer", Set.of("digest"),
          "store", Set.of("digest"),
          "redundancy", Set.of("store", "digest"),
          "digest", Set.of(),
          "fault", Set.of("digest"),
          "node", Set.of("core", "trainer", "store", "redundancy", "digest", "fault"),
          "simulator", Set.of("core", "trainer", "store", "digest", "fault"),
          "cli",
              Set.of(
                  "core",
                  "trainer",
                  "store",
                  "redundancy",
                  "digest",
                  "fault",
                  "node",
                  "simulator"));
  private static final DescribedPredicate<JavaCall<?>> CLOCK_OR_CHANCE =
      DescribedPredicate.describe("reads a clock or rolls dice", ArchitectureTest::isImpure);

  @Test
  void there_are_classes_to_check() {
    assertThat(CLASSES.contain("dev.redoubt.cli.Main")).isTrue();
    assertThat(CLASSES.contain("dev.redoubt.digest.Digest")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "core",
        "trainer",
        "store",
        "redundancy",
        "digest",
        "fault",
        "node",
        "simulator",
        "cli"
      })
  void a_module_uses_only_what_is_below_it(String module) {
    for (Map.Entry<String, String[]> other : MODULES.entrySet()) {
      if (!other.getKey().equals(module) && !may(module, other.getKey())) {
        check(
            noClasses()
                .that()
                .resideInAnyPackage(packages(module))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(other.getValue()));
      }
    }
  }

  @Test
  void only_the_node_knows_akka() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.redoubt.node..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("akka..", "scala.."));
  }

  @Test
  void core_knows_the_language_collections_and_digests_and_nothing_else() {
    check(
        ArchRuleDefinition.classes()
            .that()
            .resideInAPackage("dev.redoubt.core..")
            .should()
            .onlyDependOnClassesThat(
                DescribedPredicate.describe("are pure", ArchitectureTest::isPure)));
  }

  @Test
  void core_reads_no_clock_rolls_no_dice_and_starts_no_thread() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.redoubt.core..")
            .should()
            .callCodeUnitWhere(CLOCK_OR_CHANCE));
  }

  /** Without this the rule above could be one that nothing breaks. */
  @Test
  void the_impure_calls_are_recognised() {
    JavaClasses probe = new ClassFileImporter().importClasses(Probe.class);
    ArchRule rule = noClasses().should().callCodeUnitWhere(CLOCK_OR_CHANCE);
    assertThat(rule.evaluate(probe).getFailureReport().getDetails()).hasSize(3);
  }

  static final class Probe {
    static long impure() {
      return System.nanoTime()
          + java.time.Instant.now().toEpochMilli()
          + new java.util.Random(1).nextInt();
    }
  }

  /** A kernel that is not among the known answers would never be scanned. */
  @Test
  void every_kernel_is_scanned() {
    Set<String> notKernels = Set.of("Matrix", "Base", "Into", "Slices");
    List<String> forgotten =
        CLASSES.stream()
            .filter(type -> type.getPackageName().equals("dev.redoubt.trainer.kernel"))
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(type -> type.isTopLevelClass() && !notKernels.contains(type.getSimpleName()))
            .flatMap(type -> type.getMethods().stream())
            .filter(ArchitectureTest::isKernel)
            .filter(method -> !isScanned(method))
            .map(JavaMethod::getFullName)
            .sorted()
            .toList();

    assertThat(forgotten).isEmpty();
  }

  /**
   * Not what clears memory, nor the scalar twin, nor who looks on, nor what a record has by itself.
   */
  private static boolean isKernel(JavaMethod method) {
    return method.getModifiers().contains(JavaModifier.PUBLIC)
        && !Set.of("zero", "scalar", "watch", "toString", "hashCode", "equals")
            .contains(method.getName())
        && !(method.getOwner().isRecord() && method.getRawParameterTypes().isEmpty());
  }

  private static boolean isScanned(JavaMethod method) {
    return method.getAccessesToSelf().stream()
        .anyMatch(
            access -> access.getOriginOwner().getPackageName().equals("dev.redoubt.trainer.scan"));
  }

  private static boolean isPure(JavaClass used) {
    String name = used.getPackageName();
    return name.startsWith("dev.redoubt.core")
        || name.equals("dev.redoubt.digest")
        || Set.of(
                "",
                "java.lang",
                "java.lang.invoke",
                "java.lang.runtime",
                "java.util",
                "java.util.function",
                "java.util.stream",
                "org.jspecify.annotations")
            .contains(name);
  }

  private static boolean isImpure(JavaCall<?> call) {
    String owner = call.getTargetOwner().getName();
    String name = call.getName();
    return (owner.equals("java.lang.System")
            && Set.of("nanoTime", "currentTimeMillis").contains(name))
        || (owner.startsWith("java.time.") && name.equals("now"))
        || (owner.equals("java.lang.Math") && name.equals("random"))
        || owner.equals("java.lang.Thread")
        || (owner.equals("java.util.Random") && name.equals("<init>"))
        || (owner.equals("java.util.UUID") && name.equals("randomUUID"));
  }

  private static String[] packages(String module) {
    return MODULES.getOrDefault(module, new String[0]);
  }

  private static boolean may(String module, String other) {
    return MAY_USE.getOrDefault(module, Set.of()).contains(other);
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
