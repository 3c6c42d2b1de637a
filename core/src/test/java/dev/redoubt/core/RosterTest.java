package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RosterTest {

  private static WorkerId w(int number) {
    return new WorkerId("w" + number);
  }

  private static Roster seated(Mesh mesh) {
    Roster roster = Roster.EMPTY;
    for (int i = mesh.workers() - 1; i >= 0; i--) {
      roster = roster.join(w(i));
    }
    return roster.seat(mesh);
  }

  @Test
  void ranksAreGivenOutInTheOrderOfTheNames() {
    Roster roster = seated(new Mesh(2, 2, 1));
    assertThat(roster.seats())
        .containsExactly(
            Map.entry(new Rank(0, 0), w(0)),
            Map.entry(new Rank(0, 1), w(1)),
            Map.entry(new Rank(1, 0), w(2)),
            Map.entry(new Rank(1, 1), w(3)));
    assertThat(roster.spares()).containsExactly(w(4));
  }

  @Test
  void aSpareTakesTheRank() {
    Roster.Change change = seated(new Mesh(2, 2, 1)).lose(w(2));
    assertThat(change.spare()).isEqualTo(w(4));
    assertThat(change.next().rankOf(w(4))).contains(new Rank(1, 0));
    assertThat(change.next().contains(w(2))).isFalse();
    assertThat(change.next().lost()).containsExactly(w(2));
  }

  @Test
  void withoutASpareThePodIsDissolvedAndItsHealthyWorkersAreSpares() {
    Roster.Change change = seated(new Mesh(2, 2, 0)).lose(w(1));
    assertThat(change.spare()).isNull();
    assertThat(change.freed()).containsExactly(w(0));
    assertThat(change.next().seats()).containsOnlyKeys(new Rank(1, 0), new Rank(1, 1));
    Roster.Change second = change.next().lose(w(3));
    assertThat(second.spare()).isEqualTo(w(0));
  }

  @Test
  void aDissolvedPodIsFilledAgainWhenThereAreSparesForAllItsRanks() {
    Mesh mesh = new Mesh(3, 2, 0);
    Roster short1 = seated(mesh).lose(w(2)).next();
    assertThat(short1.spares()).containsExactly(w(3));
    assertThat(short1.grow(mesh)).isEmpty();
    Roster.Growth growth = short1.join(w(9)).grow(mesh).orElseThrow();
    assertThat(growth.pod()).isEqualTo(1);
    assertThat(growth.workers()).containsExactly(w(3), w(9));
    assertThat(growth.next().rankOf(w(3))).contains(new Rank(1, 0));
    assertThat(growth.next().spares()).isEmpty();
    assertThat(growth.next().grow(mesh)).isEmpty();
  }

  @Test
  void aFullMeshKeepsItsSpares() {
    Mesh mesh = new Mesh(2, 1, 2);
    assertThat(seated(mesh).grow(mesh)).isEmpty();
  }

  @Test
  void theLossOfASpareChangesNoRank() {
    Roster roster = seated(new Mesh(2, 1, 1));
    Roster.Change change = roster.lose(w(2));
    assertThat(change.rank()).isNull();
    assertThat(change.next().seats()).isEqualTo(roster.seats());
  }

  @Test
  void whoWasLostNeverComesBackAndWhoIsHereIsNotAddedTwice() {
    Roster roster = seated(new Mesh(2, 1, 0)).lose(w(1)).next();
    assertThat(roster.join(w(1))).isEqualTo(roster);
    assertThat(roster.join(w(0))).isEqualTo(roster);
    assertThat(roster.join(w(7)).spares()).isEqualTo(new TreeSet<>(List.of(w(7))));
  }

  @Test
  void moreRanksThanWorkersIsADefect() {
    assertThatThrownBy(() -> Roster.EMPTY.join(w(0)).seat(new Mesh(2, 1, 0)))
        .isInstanceOf(IllegalStateException.class);
  }
}
