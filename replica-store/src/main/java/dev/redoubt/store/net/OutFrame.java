package dev.redoubt.store.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;

/**
 * A frame to be written; its number is given to it when it is.
 *
 * @param body released when it was written
 * @param check CRC32C of the body, or of the message that ends with it
 */
record OutFrame(Kind kind, ByteBuf body, int check) {

  static OutFrame empty(Kind kind) {
    return new OutFrame(kind, Unpooled.EMPTY_BUFFER, 0);
  }

  /** A frame whose body is checked on its own. */
  static OutFrame checked(Kind kind, ByteBuf body) {
    return new OutFrame(kind, body, Prefix.crc(NativeMemory.readable(body, body.readableBytes())));
  }

  void release() {
    ReferenceCountUtil.release(body);
  }
}
