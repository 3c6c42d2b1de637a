package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InquiryTest {

  /** One pod a row, one shard a column. */
  private static Inquiry inquiry(int[]... pods) {
    List<Inquiry.Ballot> ballots = new ArrayList<>();
    for (int pod = 0; pod < pods.length; pod++) {
      for (int shard = 0; shard < pods[pod].length; shard++) {
        ballots.add(
            new Inquiry.Ballot(
                new WorkerId("w" + pod + shard), new Rank(pod, shard), vote(pods[pod][shard])));
      }
    }
    return new Inquiry(5, ballots, 0, Set.of());
  }

  private static Inquiry.Vote vote(int state) {
    return new Inquiry.Vote(new Digest(state), 0);
  }

  private static List<String> names(List<Inquiry.Finding> findings) {
    return findings.stream().map(finding -> finding.ballot().worker().name()).toList();
  }

  @Test
  void shardsAreOnlyComparedWithTheirCopies() {
    assertThat(inquiry(new int[] {1, 2}, new int[] {1, 2}).unanimous()).isTrue();
    assertThat(inquiry(new int[] {1, 2}, new int[] {2, 1}).unanimous()).isFalse();
    assertThat(inquiry(new int[] {1}).unanimous()).isTrue();
  }

  @Test
  void aMajorityOfThreeCopiesOutvotesTheRest() {
    assertThat(
            inquiry(new int[] {1}, new int[] {9}, new int[] {1}).outvoted().map(InquiryTest::names))
        .contains(List.of("w10"));
    assertThat(
            inquiry(new int[] {1, 7}, new int[] {1, 2}, new int[] {9, 2})
                .outvoted()
                .map(InquiryTest::names))
        .contains(List.of("w20", "w01"));
  }

  @Test
  void twoCopiesAndTiesAndThreeOpinionsDecideNothing() {
    assertThat(inquiry(new int[] {1}, new int[] {2}).outvoted()).isEmpty();
    assertThat(inquiry(new int[] {1}, new int[] {2}, new int[] {3}).outvoted()).isEmpty();
    assertThat(inquiry(new int[] {1}, new int[] {2}, new int[] {1}, new int[] {2}).outvoted())
        .isEmpty();
    // One shard that cannot be decided leaves the whole question open.
    assertThat(inquiry(new int[] {1, 1}, new int[] {1, 2}, new int[] {9, 3}).outvoted()).isEmpty();
  }

  @Test
  void theLossIsPartOfTheVoteDownToItsBits() {
    WorkerId worker = new WorkerId("w");
    Inquiry.Vote zero = new Inquiry.Vote(null, Double.doubleToRawLongBits(0.0));
    Inquiry.Vote minusZero = new Inquiry.Vote(null, Double.doubleToRawLongBits(-0.0));
    Inquiry inquiry =
        new Inquiry(
            1,
            List.of(
                new Inquiry.Ballot(worker, new Rank(0, 0), zero),
                new Inquiry.Ballot(worker, new Rank(1, 0), minusZero)),
            0,
            Set.of());
    assertThat(inquiry.unanimous()).isFalse();
    assertThat(inquiry.digests()).isEmpty();
  }

  @Test
  void theTruthFromElsewhereFindsWhoeverSaidSomethingElse() {
    Inquiry inquiry = inquiry(new int[] {1}, new int[] {2});
    assertThat(names(inquiry.differingFrom(Map.of(0, vote(1)), "a replay"))).containsExactly("w10");
    assertThat(inquiry.differingFrom(Map.of(0, vote(3)), "a replay")).hasSize(2);
    assertThat(inquiry.differingFrom(Map.of(1, vote(3)), "another shard")).isEmpty();
  }

  @Test
  void suspectsAreTheOutvotedOrAllWhoDiffer() {
    assertThat(inquiry(new int[] {1}, new int[] {9}, new int[] {1}).suspects())
        .containsExactly(new Rank(1, 0));
    assertThat(inquiry(new int[] {1, 4}, new int[] {2, 4}).suspects())
        .containsExactly(new Rank(0, 0), new Rank(1, 0));
  }
}
