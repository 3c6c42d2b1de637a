package dev.redoubt.cli.live;

/** Where a run takes faults that its scenario does not name. Any thread may ask. */
public interface Injections {

  /** What becomes of an {@link Ask}. */
  sealed interface Answer {

    /** It strikes as soon as it can. */
    record Accepted(String fault) implements Answer {}

    /** It will not strike. */
    record Refused(String why) implements Answer {}
  }

  /** Takes a fault, or says why not. Must not block. */
  Answer inject(Ask ask);
}
