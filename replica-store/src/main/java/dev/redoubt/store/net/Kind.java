package dev.redoubt.store.net;

import org.jspecify.annotations.Nullable;

/** The kinds of frames, with their numbers on the wire. */
enum Kind {
  /** Who dialled says who it is. */
  HELLO(1),
  /** The answer, with the proof that it knows the token. */
  WELCOME(2),
  /** The proof of who dialled. */
  PROOF(3),
  /** The link is up. */
  CONFIRM(4),
  /** Nothing to say, but here. */
  HEARTBEAT(5),
  /** How much was taken out of the inbox so far. */
  CREDIT(6),
  /** A gradient's header and length; its parts follow. */
  GRADIENT(7),
  /** A part of a gradient. */
  PART(8),
  /** The end of a gradient, with its checksum. */
  END(9),
  /** A piece of a collective, whole. */
  PIECE(10),
  /** A question to a donor. */
  ASK(11),
  /** Digests of blocks, or nodes of their tree. */
  DIGESTS(12),
  /** Which blocks the next frame of blocks has. */
  RUN(13),
  /** The bytes of a run of blocks. */
  BLOCKS(14),
  /** A question was not answered, and why. */
  DECLINED(15);

  private static final Kind[] BY_NUMBER = new Kind[16];

  static {
    for (Kind kind : values()) {
      BY_NUMBER[kind.number] = kind;
    }
  }

  private final short number;

  Kind(int number) {
    this.number = (short) number;
  }

  short number() {
    return number;
  }

  static @Nullable Kind of(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }
}
