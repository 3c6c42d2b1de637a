package dev.redoubt.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The access rights of memory pages, through the C library.
 *
 * <p>POSIX promises {@code mprotect} for mapped memory only; Linux does it for any page. So what is
 * protected begins and ends at a page, and nothing else may be in those pages.
 */
final class Pages {

  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final @Nullable MethodHandle MPROTECT = mprotect();
  private static final long BYTES = pageBytes();

  private Pages() {}

  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle mprotect() {
    if (!System.getProperty("os.name", "").startsWith("Linux")) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    FunctionDescriptor signature =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    return linker
        .defaultLookup()
        .find("mprotect")
        .map(
            address ->
                linker.downcallHandle(address, signature, Linker.Option.captureCallState("errno")))
        .orElse(null);
  }

  @SuppressWarnings("restricted")
  private static long pageBytes() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> address = linker.defaultLookup().find("getpagesize");
    if (MPROTECT == null || address.isEmpty()) {
      return 1 << 12;
    }
    try {
      MethodHandle call =
          linker.downcallHandle(address.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT));
      return (int) call.invokeExact();
    } catch (Throwable e) {
      throw new LinkageError("getpagesize cannot be called", e);
    }
  }

  static Optional<String> unavailable() {
    return MPROTECT == null
        ? Optional.of(
            "page protection needs mprotect of Linux, not " + System.getProperty("os.name"))
        : Optional.empty();
  }

  /** Bytes in a page. */
  static long bytes() {
    return BYTES;
  }

  /** The fewest whole pages that hold so many bytes, in bytes. */
  static long roundUp(long bytes) {
    return (bytes + BYTES - 1) / BYTES * BYTES;
  }

  /**
   * Sets the rights of all pages that hold bytes of {@code memory}.
   *
   * @throws StoreException if the system refuses, with its error number
   */
  static void protect(MemorySegment memory, boolean writable) {
    MethodHandle call = MPROTECT;
    if (call == null) {
      throw new StoreException(unavailable().orElse("no mprotect"));
    }
    long from = memory.address() / BYTES * BYTES;
    long length = roundUp(memory.address() + memory.byteSize()) - from;
    int rights = writable ? READ | WRITE : READ;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int failed = (int) call.invokeExact(state, MemorySegment.ofAddress(from), length, rights);
      if (failed != 0) {
        throw new StoreException(
            "mprotect of %d bytes failed with error %d"
                .formatted(length, (int) ERRNO.get(state, 0L)));
      }
    } catch (StoreException e) {
      throw e;
    } catch (Throwable e) {
      throw new StoreException("mprotect cannot be called", e);
    }
  }
}
