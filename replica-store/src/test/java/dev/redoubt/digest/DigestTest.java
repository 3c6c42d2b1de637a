package dev.redoubt.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** One digest for the shards of a model. */
class DigestTest {

  private static final Digest A = new Digest(0x0123_4567_89AB_CDEFL);
  private static final Digest B = new Digest(42);

  @Test
  void ofASinglePartItIsThatPart() {
    assertThat(Digest.combine(List.of(A))).isEqualTo(A);
  }

  @Test
  void orderAndNumberShow() {
    Set<Digest> seen = new HashSet<>();
    List<List<Digest>> all =
        List.of(
            List.of(A),
            List.of(B),
            List.of(A, B),
            List.of(B, A),
            List.of(A, A),
            List.of(A, A, B),
            List.of(A, B, A),
            List.of(new Digest(0), new Digest(0)),
            List.of(new Digest(0), new Digest(0), new Digest(0)));
    all.forEach(parts -> seen.add(Digest.combine(parts)));
    assertThat(seen).hasSize(all.size());
  }

  /** Part of the format: run directories of different builds are compared. */
  @Test
  void theValueIsFixed() {
    assertThat(Digest.combine(List.of(A, B))).hasToString("b826f6a1b00e5c31");
  }

  @Test
  void anyFlippedBitOfAnyPartShows() {
    Random random = new Random(1);
    List<Digest> parts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      parts.add(new Digest(random.nextLong()));
    }
    Digest whole = Digest.combine(parts);
    for (int part = 0; part < 4; part++) {
      for (int bit = 0; bit < 64; bit++) {
        List<Digest> other = new ArrayList<>(parts);
        other.set(part, new Digest(parts.get(part).value() ^ (1L << bit)));
        assertThat(Digest.combine(other)).as("part %d bit %d", part, bit).isNotEqualTo(whole);
      }
    }
  }

  @Test
  void nothingHasNoDigest() {
    assertThatThrownBy(() -> Digest.combine(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no digest of no parts");
  }
}
