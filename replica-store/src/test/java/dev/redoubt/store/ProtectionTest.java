package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sealed version is not written any more. */
class ProtectionTest {

  private static final long BYTES = 2 * BlockDigest.BLOCK_BYTES + 24L;

  @ParameterizedTest
  @EnumSource
  void the_store_works_as_without_it(Protection protection) {
    assumePossible(protection);
    try (VersionStore store = store(protection)) {
      for (long version = 1; version <= 5; version++) {
        write(store, version);
      }
      assertThat(store.versions()).containsExactly(3L, 4L, 5L);
      for (long version = 3; version <= 5; version++) {
        StoredVersion stored = store.find(version).orElseThrow();
        assertThat(stored.bytes().get(ValueLayout.JAVA_LONG, BYTES - 8)).isEqualTo(version);
        assertThat(store.reread(version)).isEqualTo(stored.digests());
      }
      store.discardAfter(3);
      write(store, 4);
      store.begin(5);
      store.abandon(5);
      write(store, 5);
      assertThat(store.versions()).containsExactly(3L, 4L, 5L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_repair_and_an_injector_get_through(Protection protection) {
    assumePossible(protection);
    try (VersionStore store = store(protection)) {
      write(store, 1);
      BlockDigests sealed = store.reread(1);
      for (int block = 0; block < 3; block++) {
        MemorySegment door = store.tamper(1);
        long at = BlockDigests.offset(block);
        MemorySegment pristine =
            Arena.ofAuto()
                .allocate(BlockDigests.length(block, BYTES), 8)
                .copyFrom(door.asSlice(at, BlockDigests.length(block, BYTES)));
        door.set(ValueLayout.JAVA_BYTE, at, (byte) ~door.get(ValueLayout.JAVA_BYTE, at));
        store.reseal(1, sealed);
        assertThat(store.reread(1)).isNotEqualTo(sealed);
        store.replaceBlock(1, block, pristine);
        assertThat(store.reread(1)).isEqualTo(sealed);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REVOKED", "PAGES"})
  void the_writers_segment_ends_with_its_version(Protection protection) {
    assumePossible(protection);
    try (VersionStore store = store(protection)) {
      MemorySegment first = store.begin(1);
      assertThat(store.begin(1)).isSameAs(first);
      assertThatCode(() -> first.set(ValueLayout.JAVA_LONG, 0, 7)).doesNotThrowAnyException();
      store.seal(1, null);
      refused(first);
      MemorySegment second = store.begin(2);
      store.abandon(2);
      refused(second);
      MemorySegment third = store.begin(3);
      store.discardAfter(1);
      refused(third);
      assertThat(store.find(1).orElseThrow().bytes().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(7);
    }
  }

  @Test
  void a_write_past_the_api_is_stopped_by_the_pages_and_by_nothing_less(@TempDir Path directory)
      throws Exception {
    assumePossible(Protection.PAGES);
    Ended views = rawWrite(directory, Protection.VIEWS);
    assertThat(views.out()).containsExactly("sealed", "written 99");
    assertThat(views.exit()).isZero();
    Ended revoked = rawWrite(directory, Protection.REVOKED);
    assertThat(revoked.out()).containsExactly("sealed", "written 99");
    Ended pages = rawWrite(directory, Protection.PAGES);
    assertThat(pages.out()).first().isEqualTo("sealed");
    assertThat(pages.out()).doesNotContain("written 99");
    assertThat(pages.exit()).isNotZero();
    assertThat(String.join("\n", pages.out())).contains("SIGSEGV");
  }

  private record Ended(int exit, List<String> out) {
    Ended {
      out = List.copyOf(out);
    }
  }

  private Ended rawWrite(Path directory, Protection protection)
      throws IOException, InterruptedException {
    Path out = directory.resolve(protection + ".out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=" + directory.resolve("fatal.log"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path", "")));
    command.addAll(List.of(RawWrite.class.getName(), protection.name()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines =
        Files.readAllLines(out).stream().filter(line -> !line.startsWith("WARNING")).toList();
    return new Ended(process.exitValue(), lines);
  }

  /** Seals a version and writes it through its raw address. */
  static final class RawWrite {

    private RawWrite() {}

    @SuppressWarnings("restricted")
    public static void main(String[] args) {
      VersionStore store = store(Protection.valueOf(args[0]));
      long address = store.begin(1).address();
      store.seal(1, null);
      System.out.println("sealed");
      System.out.flush();
      MemorySegment memory = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
      memory.set(ValueLayout.JAVA_LONG, address + BlockDigest.BLOCK_BYTES, 99);
      long read =
          store.find(1).orElseThrow().bytes().get(ValueLayout.JAVA_LONG, BlockDigest.BLOCK_BYTES);
      System.out.println("written " + read);
    }
  }

  private static VersionStore store(Protection protection) {
    return new VersionStore(BYTES, 3, Duration.ofMillis(1), protection);
  }

  private static void write(VersionStore store, long version) {
    MemorySegment slot = store.begin(version);
    for (long at = 0; at < BYTES; at += Long.BYTES) {
      slot.set(ValueLayout.JAVA_LONG, at, version);
    }
    store.seal(version, BlockDigests.read(slot));
  }

  private static void refused(MemorySegment late) {
    assertThatThrownBy(() -> late.set(ValueLayout.JAVA_LONG, 0, 8))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Already closed");
  }

  private static void assumePossible(Protection protection) {
    assumeTrue(protection.unavailable().isEmpty(), () -> protection.unavailable().toString());
  }
}
