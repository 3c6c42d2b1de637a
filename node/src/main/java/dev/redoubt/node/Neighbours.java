package dev.redoubt.node;

import java.net.InetSocketAddress;

/** What a member learns from the cluster's membership about the fabrics of the others. */
public interface Neighbours {

  /** Inside one process everybody finds everybody. */
  class Everybody implements Neighbours {
    @Override
    public void here(String name, InetSocketAddress fabric) {}

    @Override
    public void up(String name) {}

    @Override
    public void gone(String name) {}

    @Override
    public void expelled() {}

    @Override
    public boolean linked(int members) {
      return true;
    }
  }

  /** Everybody is found, and nothing more happens. */
  Neighbours NONE = new Everybody();

  /** A member with a fabric is in the cluster, perhaps not for the first time. */
  void here(String name, InetSocketAddress fabric);

  /** A member, maybe this one, belongs to the cluster for good. */
  void up(String name);

  /** It was taken for dead, or left. */
  void gone(String name);

  /** This member itself is no part of the cluster any more. */
  void expelled();

  /**
   * Whether there are links to all members that are known, and these are {@code members} with this
   * one.
   */
  boolean linked(int members);
}
