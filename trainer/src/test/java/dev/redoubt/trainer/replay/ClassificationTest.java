package dev.redoubt.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.replay.Classification.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClassificationTest {

  private static final Digest RIGHT = new Digest(1);
  private static final Digest WRONG = new Digest(2);
  private static final Digest OTHER = new Digest(3);

  private static Kind kind(List<Digest> again, List<Digest> others, Optional<Digest> reference) {
    return Classification.of(WRONG, again, others, reference).kind();
  }

  @Test
  void goneAtOnceIsTransientAndNoAcquittal() {
    Classification found =
        Classification.of(WRONG, List.of(RIGHT, RIGHT), List.of(RIGHT), Optional.empty());
    assertThat(found.kind()).isEqualTo(Kind.TRANSIENT);
    assertThat(found.reason()).isEqualTo("gone in all 2 repetitions; it stays a strike");
  }

  @Test
  void wrongAgainIsPersistentWithTheSameBitsOrOthers() {
    Optional<Digest> agreed = Optional.of(RIGHT);
    assertThat(kind(List.of(WRONG, WRONG), List.of(), agreed)).isEqualTo(Kind.PERSISTENT);
    assertThat(kind(List.of(RIGHT, OTHER), List.of(RIGHT), agreed)).isEqualTo(Kind.PERSISTENT);
  }

  @Test
  void whatFollowsTheDataIsSoftware() {
    assertThat(kind(List.of(WRONG), List.of(WRONG, WRONG), Optional.of(RIGHT)))
        .isEqualTo(Kind.SOFTWARE);
  }

  @Test
  void whatNothingCanTellIsUndecidable() {
    Optional<Digest> none = Optional.empty();
    assertThat(kind(List.of(), List.of(RIGHT), none)).isEqualTo(Kind.UNDECIDABLE);
    assertThat(kind(List.of(WRONG), List.of(), none)).isEqualTo(Kind.UNDECIDABLE);
    assertThat(kind(List.of(WRONG), List.of(RIGHT, OTHER), none)).isEqualTo(Kind.UNDECIDABLE);
    assertThat(kind(List.of(WRONG), List.of(OTHER), Optional.of(RIGHT)))
        .isEqualTo(Kind.UNDECIDABLE);
    assertThat(kind(List.of(WRONG), List.of(WRONG), none)).isEqualTo(Kind.UNDECIDABLE);
  }
}
