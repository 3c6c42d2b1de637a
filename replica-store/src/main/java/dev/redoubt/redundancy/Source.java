package dev.redoubt.redundancy;

import java.util.List;

/** Where a lost piece comes from. */
public sealed interface Source {

  /**
   * Somebody has it in memory: any of the donors will do.
   *
   * @param donors at least one
   */
  record Memory(List<Place> donors) implements Source {
    public Memory {
      donors = List.copyOf(donors);
    }
  }

  /**
   * Nobody has it, but it is the sum of what others have: each term is fetched, and all are added
   * by exclusive or.
   *
   * @param group index in {@link Placement#groups}; {@link ParityStripes} says which bytes
   * @param terms the other members of the group, all alive
   */
  record Sum(int group, List<Place> terms) implements Source {
    public Sum {
      terms = List.copyOf(terms);
    }
  }

  /**
   * An older version is on a disk, and the whole cluster has to go back to it.
   *
   * @param disks of the workers that have it; empty for a disk that all share
   * @param stepsRepeatedMax how far back it may be
   */
  record Disk(List<Place> disks, int stepsRepeatedMax) implements Source {
    public Disk {
      disks = List.copyOf(disks);
    }
  }

  /** It need not be fetched: it is made anew with the next version. */
  record MadeAnew() implements Source {}

  /** It is lost for good. */
  record Gone(String reason) implements Source {}
}
