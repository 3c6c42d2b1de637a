package dev.redoubt.store.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.DefaultByteBufHolder;
import io.netty.buffer.Unpooled;

/**
 * A frame to be written; its number is given to it when it is. It holds its body, so that Netty
 * releases that with it wherever a write fails.
 */
final class OutFrame extends DefaultByteBufHolder {

  private final Kind kind;
  private final int check;

  /**
   * With a body.
   *
   * @param body released when it was written
   * @param check CRC32C of the body, or of the message that ends with it
   */
  OutFrame(Kind kind, ByteBuf body, int check) {
    super(body);
    this.kind = kind;
    this.check = check;
  }

  static OutFrame empty(Kind kind) {
    return new OutFrame(kind, Unpooled.EMPTY_BUFFER, 0);
  }

  /** A frame whose body is checked on its own. */
  static OutFrame checked(Kind kind, ByteBuf body) {
    return new OutFrame(kind, body, Prefix.crc(NativeMemory.readable(body, body.readableBytes())));
  }

  Kind kind() {
    return kind;
  }

  int check() {
    return check;
  }
}
