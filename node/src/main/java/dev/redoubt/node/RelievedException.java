package dev.redoubt.node;

/** Somebody else's sum is here in the place of the one that is being computed. */
final class RelievedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  RelievedException() {
    super("somebody stands in", null, false, false);
  }
}
