package dev.redoubt.store.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.store.NetRecorder;
import dev.redoubt.store.NetRecorder.Heard;
import dev.redoubt.store.NetRecorder.Linked;
import dev.redoubt.store.NetRecorder.Silent;
import dev.redoubt.store.Recorder.Broken;
import java.lang.foreign.Arena;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Real processes and real signals. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no signals")
class ProcessesTest {

  private static final Logger LOG = Logger.getLogger(ProcessesTest.class.getName());

  private final RunToken token = RunToken.random();
  private final AddressBook book = new AddressBook();
  private final NettyFabric fabric = new NettyFabric(NetOptions.defaults(token), book);
  private final NetRecorder events = new NetRecorder();
  private final NettyEndpoint own = fabric.open("bob", events);

  @AfterEach
  void close() {
    fabric.close();
  }

  private NodeProcess start(String node) throws Exception {
    NodeProcess process = NodeProcess.start(node, token, "bob", own.address());
    book.put(node, process.address());
    process.await("LINKED bob");
    assertThat(events.next()).isEqualTo(new Linked(node));
    return process;
  }

  @Test
  void frames_go_in_both_directions() throws Exception {
    try (NodeProcess ada = start("ada");
        Arena arena = Arena.ofShared()) {
      ada.say("hello");
      assertThat(events.nextFrame().payload()).startsWith("hello");
      own.send("ada", NodeProcess.header(), arena.allocateFrom("answer"));
      assertThat(ada.await("FRAME ")).isEqualTo("FRAME bob answer");
    }
  }

  /** Whichever of the two has dialled. The time is logged, not asserted. */
  @Test
  void a_process_that_is_killed_is_noticed_by_its_connection() throws Exception {
    for (String node : new String[] {"ada", "zoe"}) {
      try (NodeProcess peer = start(node);
          Arena arena = Arena.ofShared()) {
        peer.kill();
        long killed = System.nanoTime();
        assertThat(events.next()).isEqualTo(new Broken(node));
        LOG.info(
            "kill -9 of %s was noticed after %.1f ms"
                .formatted(node, (System.nanoTime() - killed) / 1e6));
        assertThatThrownBy(() -> own.send(node, NodeProcess.header(), arena.allocateFrom("x")))
            .hasMessage("frame to " + node + ": it is not there");
      }
    }
  }

  @Test
  void a_process_that_hangs_is_silent_and_its_link_is_not_broken() throws Exception {
    try (NodeProcess ada = start("ada")) {
      ada.signal("STOP");
      assertThat(events.next()).isEqualTo(new Silent("ada"));
      ada.signal("CONT");
      assertThat(events.next()).isEqualTo(new Heard("ada"));
      ada.say("awake");
      assertThat(events.nextFrame().payload()).startsWith("awake");
    }
  }

  @Test
  void a_member_that_comes_back_at_another_port_is_linked_anew() throws Exception {
    try (NodeProcess first = start("ada")) {
      first.kill();
      assertThat(events.next()).isEqualTo(new Broken("ada"));
    }
    try (NodeProcess second = start("ada")) {
      second.say("again");
      assertThat(events.nextFrame().payload()).startsWith("again");
    }
  }
}
