package dev.redoubt.fault;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Flips bits, and proves it by reading them back. */
public final class Flipper {

  private Flipper() {}

  /**
   * Flips the fault's bit in the float at {@code offset}.
   *
   * @param memory writable native memory: a version, or a gradient
   * @param offset of the float, in bytes
   * @param node the machine that is struck
   */
  public static Strike flip(
      MemorySegment memory, long offset, BitFlip fault, String node, long step) {
    int block = Math.toIntExact(offset / BlockDigest.BLOCK_BYTES);
    long start = BlockDigests.offset(block);
    long length = BlockDigests.length(block, memory.byteSize());
    Digest digestBefore = new Digest(BlockDigest.of(memory, start, length));
    int before = memory.get(ValueLayout.JAVA_INT, offset);
    memory.set(ValueLayout.JAVA_INT, offset, before ^ (1 << fault.bit()));
    int after = memory.get(ValueLayout.JAVA_INT, offset);
    Digest digestAfter = new Digest(BlockDigest.of(memory, start, length));
    return new Strike(
        fault.id(),
        fault.kind(),
        node,
        step,
        "bit %d of %s[%d] in %s: %s became %s; its block's digest %s became %s"
            .formatted(
                fault.bit(),
                fault.tensor(),
                fault.element(),
                fault.site().kebab(),
                Float.intBitsToFloat(before),
                Float.intBitsToFloat(after),
                digestBefore,
                digestAfter),
        new Strike.Change<>(before, after),
        new Strike.Change<>(digestBefore, digestAfter));
  }
}
