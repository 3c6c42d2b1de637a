package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.Donor;
import dev.redoubt.store.NetRecorder;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.VersionStore;
import dev.redoubt.store.net.AddressBook;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.NettyEndpoint;
import dev.redoubt.store.net.NettyFabric;
import dev.redoubt.store.net.RunToken;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A repair over TCP of a shard of 100 MB, with the bytes of all frames counted. */
class FabricRepairTest {

  private static final long BYTES = 100_000_000;
  private static final long VERSION = 7;
  private static final long EPOCH = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AddressBook book = new AddressBook();
  private final NettyFabric fabric = new NettyFabric(NetOptions.defaults(RunToken.random()), book);
  private final NettyEndpoint donor = fabric.open("donor", new NetRecorder());
  private final NetRecorder atPatient = new NetRecorder();
  private final NettyEndpoint patient = fabric.open("patient", atPatient);
  private final VersionStore healthy = new VersionStore(BYTES, 2);
  private final VersionStore target = new VersionStore(BYTES, 2);

  @BeforeEach
  void fill() throws Exception {
    MemorySegment slot = healthy.begin(VERSION);
    SplittableRandom random = new SplittableRandom(5);
    for (long at = 0; at < BYTES; at += Long.BYTES) {
      slot.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    healthy.seal(VERSION, BlockDigests.read(slot));
    donor.serve(Donor.of(healthy));
    book.put("donor", donor.address());
    book.put("patient", patient.address());
    assertThat(atPatient.next()).isEqualTo(new NetRecorder.Linked("donor"));
  }

  @AfterEach
  void giveBack() {
    fabric.close();
    healthy.close();
    target.close();
  }

  private RepairDonor asked() {
    return RepairDonor.of(patient, "donor", EPOCH, VERSION, PATIENCE);
  }

  /** The copy attested its corrupt bytes, so it does not know itself which block is wrong. */
  @Test
  void one_flipped_bit_moves_less_than_a_thousandth_of_the_shard() throws Exception {
    MemorySegment pristine = healthy.find(VERSION).orElseThrow().bytes();
    MemorySegment slot = target.begin(VERSION);
    slot.copyFrom(pristine);
    long at = BYTES / 3;
    slot.set(ValueLayout.JAVA_BYTE, at, (byte) (slot.get(ValueLayout.JAVA_BYTE, at) ^ 16));
    target.seal(VERSION, BlockDigests.read(slot));
    long before = patient.counters().bytesReceived() + patient.counters().bytesSent();
    RepairResult result =
        SurgicalRepair.run(target, VERSION, healthy.reread(VERSION).root(), asked());
    long moved = patient.counters().bytesReceived() + patient.counters().bytesSent() - before;
    assertThat(result).isInstanceOf(RepairResult.Repaired.class);
    assertThat(((RepairResult.Repaired) result).blocks()).isEqualTo(1);
    assertThat(moved).isBetween(1L << 16, BYTES / 1000);
    assertThat(target.find(VERSION).orElseThrow().bytes().mismatch(pristine)).isEqualTo(-1);
  }

  @Test
  void a_donor_of_a_newer_epoch_or_without_the_version_says_so() {
    assertThatThrownBy(() -> RepairDonor.of(patient, "donor", EPOCH, VERSION + 1, PATIENCE).root())
        .isInstanceOf(TransferException.class)
        .hasMessage("donor does not keep version 8");
    donor.fence(EPOCH + 1);
    assertThatThrownBy(() -> asked().root())
        .isInstanceOf(TransferException.class)
        .hasMessage("donor refuses epoch 3: it is at 4");
  }
}
