package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Message.PullFlaw;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What two workers write to disk and read of each other, and what they do not believe. */
class VersionFilesTest {

  private final BlockingQueue<WorkerEvent> events = new LinkedBlockingQueue<>();
  private final Arena arena = Arena.ofConfined();
  private final Path folder;
  private final RunSpec spec;
  private final VersionFiles first;
  private final VersionFiles second;
  private final VersionStore store;
  private final MemorySegment into;

  VersionFilesTest(@TempDir Path folder) throws Exception {
    this.folder = folder;
    spec = new Lab().onDisk(folder).spec();
    first = files("w0");
    second = files("w1");
    long bytes = ParameterLayout.of(spec.model(), Shard.WHOLE).stateBytes();
    store = new VersionStore(bytes, 4);
    into = arena.allocate(bytes, 64);
  }

  private VersionFiles files(String worker) {
    return Objects.requireNonNull(
        VersionFiles.of(spec, new WorkerId(worker), Shard.WHOLE, events::add));
  }

  @AfterEach
  void close() {
    first.close();
    second.close();
    store.close();
    arena.close();
  }

  private Digest version(long version) {
    MemorySegment bytes = store.begin(version);
    for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
      bytes.set(ValueLayout.JAVA_LONG, at, version * 1_000_003 + at);
    }
    BlockDigests digests = BlockDigests.read(bytes);
    store.seal(version, digests);
    return digests.root();
  }

  private Digest kept(VersionFiles files, long version) throws InterruptedException {
    Digest agreed = version(version);
    files.keep(version, agreed, store);
    assertThat(said()).isEqualTo(new WorkerEvent.Kept(version, 0, agreed));
    return agreed;
  }

  private WorkerEvent said() throws InterruptedException {
    return Objects.requireNonNull(events.poll(60, TimeUnit.SECONDS), "nothing was said");
  }

  private List<Path> named(String end) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.toString().endsWith(end)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatOneHasWrittenAnotherReads() throws Exception {
    Digest agreed = kept(first, 5);

    VersionFiles.Read read = second.read(5, agreed, into);

    assertThat(Objects.requireNonNull(read.digests()).root()).isEqualTo(agreed);
    assertThat(BlockDigests.read(into).root()).isEqualTo(agreed);
    assertThat(second.read(6, agreed, into).flaw()).isEqualTo(PullFlaw.VERSION_MISSING);
  }

  /** The order may come again because the answer was lost. */
  @Test
  void itIsSaidAgainThatAFileIsThere() throws Exception {
    Digest agreed = kept(first, 5);
    store.discardAfter(4);
    first.keep(5, agreed, store);
    assertThat(said()).isEqualTo(new WorkerEvent.Kept(5, 0, agreed));
  }

  @Test
  void whatIsNotAsItWasAgreedIsNotWritten() {
    Digest agreed = version(5);
    MemorySegment bytes = store.tamper(5);
    bytes.set(ValueLayout.JAVA_LONG, 8, ~bytes.get(ValueLayout.JAVA_LONG, 8));

    first.keep(5, agreed, store);
    first.keep(6, agreed, store);
    first.close();

    assertThat(events).isEmpty();
    assertThat(named(".ckpt")).isEmpty();
  }

  @Test
  void aDamagedFileIsRefusedForGoodAndAnotherWorkersIsTaken() throws Exception {
    Digest agreed = kept(first, 5);
    second.keep(5, agreed, store);
    assertThat(said()).isEqualTo(new WorkerEvent.Kept(5, 0, agreed));
    damage(named(".ckpt").getFirst());

    assertThat(first.read(5, agreed, into).digests()).isNotNull();
    assertThat(named(".refused")).hasSize(1);

    damage(named(".ckpt").getFirst());
    VersionFiles.Read read = first.read(5, agreed, into);
    assertThat(read.digests()).isNull();
    assertThat(read.flaw()).isEqualTo(PullFlaw.DONOR_CORRUPT);
    assertThat(read.detail()).contains("damaged");
    assertThat(named(".ckpt")).isEmpty();
  }

  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aWholeFileOfOtherBitsIsRefused() throws Exception {
    Digest agreed = kept(first, 5);
    VersionFiles.Read read = second.read(5, new Digest(~agreed.value()), into);
    assertThat(read.digests()).isNull();
    assertThat(read.detail()).contains("it holds " + agreed);
    assertThat(named(".refused")).hasSize(1);
  }
}
