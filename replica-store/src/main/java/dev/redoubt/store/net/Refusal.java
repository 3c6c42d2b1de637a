package dev.redoubt.store.net;

/** Why something that arrived was refused. Each of them closes its connection. */
public enum Refusal {
  /** The bytes are no frame of this fabric. */
  NO_FRAME,
  /** A frame of another version of the protocol. */
  OTHER_VERSION,
  /** The checksum of a frame's head, or of a control frame, is wrong. */
  DAMAGED,
  /** A frame longer than its kind may be. */
  OVERSIZED,
  /** A frame of another connection, a repeated or a missing one. */
  OUT_OF_SEQUENCE,
  /** A frame that makes no sense here, or more than the peer was granted. */
  OUT_OF_PLACE,
  /** Who connected did not say who it is in time. */
  NO_HELLO,
  /** Who connected has a name that is not in the address book, or wanted somebody else. */
  UNKNOWN_NAME,
  /** Who connected does not know the run's token. */
  OTHER_RUN,
  /** A newer incarnation of that name was seen. */
  OLD_INCARNATION,
  /** Its certificate is missing, foreign or of another node, or it does not speak TLS. */
  NO_CERTIFICATE,
  /** The connection ended in the middle of a hello or a frame. */
  TRUNCATED,
  /** Too many connections wait to say who they are. */
  TOO_MANY
}
