package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The bash launcher, on a made-up machine: its JDKs are scripts, in a folder with spaces. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final Path REPOSITORY = Path.of(System.getProperty("redoubt.root", ".."));

  private final Path folder;
  private final Path home;
  private final Map<String, String> environment = new TreeMap<>();

  LauncherTest(@TempDir Path temporary) throws IOException {
    folder = Files.createDirectory(temporary.resolve("a machine")).toRealPath();
    home = Files.createDirectories(folder.resolve("red oubt"));
    Files.copy(
        REPOSITORY.resolve("redoubt"), home.resolve("redoubt"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.createDirectories(home.resolve("cli/target/redoubt/lib"));
    Files.createFile(home.resolve("cli/target/redoubt/built"));
    environment.put("PATH", "/usr/bin:/bin");
    environment.put("HOME", folder.toString());
    environment.put("REDOUBT_JDK_PLACES", folder.resolve("jvms").toString());
  }

  record Ended(int exitCode, String out, String err) {}

  @Test
  void the_jdk_is_the_first_of_version_25_by_its_release_file() throws Exception {
    jdk("jvms/a 17", "17.0.15");
    jdk("jvms/b 250", "250.1");
    jdk("jvms/c 25", "25.0.3");

    assertThat(launch().out()).startsWith("java " + folder.resolve("jvms/c 25") + "\n");
  }

  @Test
  void redoubt_java_home_goes_before_java_home_and_that_before_the_usual_places() throws Exception {
    jdk("jvms/usual", "25");
    environment.put("JAVA_HOME", jdk("mine", "25.0.1").toString());
    assertThat(launch().out()).startsWith("java " + folder.resolve("mine") + "\n");

    environment.put("REDOUBT_JAVA_HOME", jdk("own", "25.0.2").toString());
    assertThat(launch().out()).startsWith("java " + folder.resolve("own") + "\n");
  }

  @Test
  void a_java_home_of_another_version_is_passed_over_but_redoubt_java_home_is_an_error()
      throws Exception {
    jdk("jvms/usual", "25");
    String old = jdk("old", "17.0.15").toString();
    environment.put("JAVA_HOME", old);
    assertThat(launch().out()).startsWith("java " + folder.resolve("jvms/usual") + "\n");

    environment.put("REDOUBT_JAVA_HOME", old);
    Ended ended = launch();
    assertThat(ended.exitCode()).isEqualTo(4);
    assertThat(ended.err()).contains("REDOUBT_JAVA_HOME is " + old + ", which is not a JDK 25");
  }

  @Test
  void without_a_jdk_it_says_what_to_install() throws Exception {
    jdk("jvms/old", "21.0.1");
    Ended ended = launch();

    assertThat(ended.exitCode()).isEqualTo(4);
    assertThat(ended.err())
        .contains("there is no JDK 25 here: install one")
        .contains("REDOUBT_JAVA_HOME");
  }

  @Test
  void arguments_options_exit_code_and_last_lines_arrive_whole_through_a_link() throws Exception {
    jdk("jvms/c", "25");
    Path link = Files.createSymbolicLink(folder.resolve("link"), home.resolve("redoubt"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), Path.of("link"));
    environment.put("REDOUBT_JAVA_OPTS", "-Xmx1g -Done=two");
    environment.put("EXIT_WITH", "3");

    Ended ended = launch(second, "run", "a b.yaml", "");

    assertThat(link).isSymbolicLink();
    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(ended.out().lines())
        .contains("[-Xmx1g]", "[-Done=two]", "[-Dredoubt.home=" + home + "]")
        .contains("[-Dredoubt.stderr.terminal=false]", "[--add-modules]", "[jdk.incubator.vector]")
        .endsWith("[dev.redoubt.cli.Main]", "[run]", "[a b.yaml]", "[]");
    assertThat(ended.err()).isEqualTo("the real stream\n");
  }

  @Test
  void what_the_jvm_says_before_main_is_kept_but_for_the_incubator_line() throws Exception {
    jdk("jvms/c", "25");
    environment.put("JVM_SAYS", "Unrecognized option: -Xodd");
    Ended ended = launch();

    assertThat(ended.err().lines())
        .containsExactlyInAnyOrder("Unrecognized option: -Xodd", "the real stream");
  }

  @Test
  void a_newer_source_needs_a_build_and_so_maven() throws Exception {
    jdk("jvms/c", "25");
    Path source = home.resolve("core/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class A {}");
    Files.setLastModifiedTime(
        home.resolve("cli/target/redoubt/built"), java.nio.file.attribute.FileTime.fromMillis(0));
    script("tools/mvn", "exit 1");
    tools();
    Ended failed = launch();
    assertThat(failed.exitCode()).isEqualTo(4);
    assertThat(failed.err()).contains("building...").contains("the build failed");

    script("tools/mvn", "echo \"$@\" >built-with; mkdir -p cli/target/redoubt/lib");
    assertThat(launch().exitCode()).isZero();
    assertThat(home.resolve("built-with"))
        .content()
        .contains("-Dmaven.test.skip=true")
        .contains("package");
    assertThat(launch().err()).doesNotContain("building");

    Files.delete(folder.resolve("tools/mvn"));
    Files.delete(home.resolve("cli/target/redoubt/built"));
    Ended without = launch();
    assertThat(without.exitCode()).isEqualTo(4);
    assertThat(without.err()).contains("there is no Maven (mvn) to build it");
  }

  /** A PATH with the usual tools but with no Maven other than the test's. */
  private void tools() throws IOException {
    for (String tool :
        List.of(
            "bash",
            "env",
            "dirname",
            "readlink",
            "grep",
            "find",
            "head",
            "tail",
            "rm",
            "mv",
            "touch",
            "mkdir",
            "flock",
            "cat")) {
      for (String bin : List.of("/usr/bin/", "/bin/")) {
        if (Files.exists(Path.of(bin + tool))) {
          script("tools/" + tool, "#!/bin/sh\nexec " + bin + tool + " \"$@\"");
        }
      }
    }
    environment.put("PATH", folder.resolve("tools").toString());
  }

  private Path jdk(String path, String version) throws IOException {
    script(
        path + "/bin/java",
        """
        echo "WARNING: Using incubator modules: jdk.incubator.vector" >&2
        [ -z "$JVM_SAYS" ] || echo "$JVM_SAYS" >&2
        exec 2>&9
        echo "java $(cd "$(dirname "$0")/.." && pwd)"
        printf '[%s]\\n' "$@"
        echo "the real stream" >&2
        exit ${EXIT_WITH:-0}
        """);
    Path jdk = folder.resolve(path);
    Files.writeString(
        jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    return jdk;
  }

  private void script(String path, String body) throws IOException {
    Path script = folder.resolve(path);
    Files.createDirectories(script.getParent());
    Files.writeString(script, (body.startsWith("#!") ? "" : "#!/usr/bin/env bash\n") + body + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Ended launch() throws Exception {
    return launch(home.resolve("redoubt"));
  }

  private Ended launch(Path launcher, String... args) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(args));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    // The filter of the JVM's first lines may still be at its last one.
    String said = environment.getOrDefault("JVM_SAYS", "");
    for (int i = 0; i < 100 && !Files.readString(err).contains(said); i++) {
      Thread.sleep(20);
    }
    return new Ended(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
