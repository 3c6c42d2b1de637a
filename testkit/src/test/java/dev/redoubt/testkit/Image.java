package dev.redoubt.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The image of this build. Without an engine, or a base image, tests with containers are skipped.
 */
final class Image {

  static final String NAME = "redoubt-test";

  private static final String PROMETHEUS = "redoubt-prometheus-test";

  private static final Path ROOT = Path.of(System.getProperty("redoubt.root"));

  private Image() {}

  /** Builds it; where CI says that everything is there, nothing is skipped. */
  static void build() throws Exception {
    boolean must = System.getenv("REDOUBT_CI") != null;
    boolean engine = succeeds("docker", "version");
    boolean jars = Files.isDirectory(ROOT.resolve("cli/target/redoubt/lib"));
    if (must) {
      assertThat(engine).as("a Docker engine").isTrue();
      assertThat(jars).as("jars: containers can be tested from the phase package on").isTrue();
    }
    assumeTrue(engine, "no Docker engine is within reach");
    assumeTrue(jars, "cli is not packaged yet: mvn package");
    List<String> build = new ArrayList<>(List.of("docker", "build", "--tag", NAME));
    String base = System.getenv("REDOUBT_BASE");
    if (base != null) {
      build.addAll(List.of("--build-arg", "BASE=" + base));
    }
    build.add(ROOT.toString());
    boolean built = succeeds(build.toArray(String[]::new));
    if (must) {
      assertThat(built).as("docker build").isTrue();
    }
    assumeTrue(built, "the image cannot be built: its base needs a registry, or REDOUBT_BASE");
  }

  /**
   * An image of Prometheus: that of {@code REDOUBT_PROMETHEUS_IMAGE}, or one made of this machine's
   * package where {@code REDOUBT_BASE} says that there is no registry, or the public one.
   */
  static String prometheus() throws Exception {
    String given = System.getenv("REDOUBT_PROMETHEUS_IMAGE");
    String base = System.getenv("REDOUBT_BASE");
    if (given != null || base == null) {
      return given == null ? "prom/prometheus:v3.5.0" : given;
    }
    String make = ROOT.resolve("containers/make-prometheus").toString();
    boolean made = succeeds(make, PROMETHEUS, base);
    if (System.getenv("REDOUBT_CI") != null) {
      assertThat(made).as(make).isTrue();
    }
    assumeTrue(made, "no image of Prometheus can be made: see containers/make-prometheus");
    return PROMETHEUS;
  }

  static boolean succeeds(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean isFine = process.waitFor() == 0;
      if (!isFine) {
        System.out.println(String.join(" ", command) + ": " + said);
      }
      return isFine;
    } catch (IOException e) {
      return false;
    }
  }
}
