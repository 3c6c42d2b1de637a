package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The contract inside one process, where nothing is faster than bad news. */
class LocalFabricTest extends FabricContract {

  @Override
  Fabric make(FabricOptions options) {
    return new LocalFabric(options);
  }

  /** A link begins with the first frame or question. */
  @Test
  void breaking_off_is_not_told_to_a_peer_without_a_link() throws Exception {
    Endpoint ada = fabric.open("ada", atAda);
    Endpoint bob = fabric.open("bob", atBob);
    fabric.open("eve", atEve);
    ada.send("bob", HEADER, bytes("one"));
    ada.breakOff();
    bob.send("eve", HEADER, bytes("marker"));
    assertThat(atEve.next()).isEqualTo(new Recorder.Frame("bob", HEADER, "marker"));
  }

  @Test
  void a_frame_under_way_is_lost_with_its_sender() throws Exception {
    CountDownLatch onTheWire = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    remake(
        FabricOptions.defaults()
            .withTap(
                new FrameTap() {
                  @Override
                  public Fate frame(String from, String to, MemorySegment wire) {
                    onTheWire.countDown();
                    await(goOn);
                    return Fate.DELIVER;
                  }
                }));
    Endpoint ada = fabric.open("ada", atAda);
    fabric.open("bob", atBob);
    ada.send("bob", HEADER, bytes("one"));
    onTheWire.await();
    ada.breakOff();
    goOn.countDown();
    assertThat(atBob.next()).isEqualTo(new Recorder.Broken("ada"));
  }
}
