package dev.redoubt.cli.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * OpenBLAS, called through the foreign-function API, on one thread. It is only what the kernels are
 * measured beside: nothing that is trained goes through it, since its bits depend on the machine.
 */
@SuppressWarnings("restricted") // Calling C is what it is for; the launcher allows native access.
final class OpenBlas {

  private static final int ROW_MAJOR = 101;
  private static final int AS_IT_IS = 111;
  private static final int TRANSPOSED = 112;
  private static final long TEXT_MAX = 1024;

  private static final List<String> USUAL =
      List.of(
          "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
          "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0",
          "libopenblas.so.0",
          "libopenblas.so",
          "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
          "libopenblas.dylib");

  private final MethodHandle sgemm;
  private final String core;
  private final String configuration;

  private OpenBlas(MethodHandle sgemm, String core, String configuration) {
    this.sgemm = sgemm;
    this.core = core;
    this.configuration = configuration;
  }

  /**
   * Looks in the usual places.
   *
   * @param path where to look instead; null for the usual places
   * @return empty if there is none
   */
  static Optional<OpenBlas> find(@Nullable Path path) {
    List<String> names = path == null ? USUAL : List.of(path.toAbsolutePath().toString());
    for (String name : names) {
      try {
        return Optional.of(open(lookup(name)));
      } catch (IllegalArgumentException absent) {
        // Not there, or no OpenBLAS: the next place.
      }
    }
    return Optional.empty();
  }

  private static SymbolLookup lookup(String name) {
    return name.startsWith("/")
        ? SymbolLookup.libraryLookup(Path.of(name), Arena.global())
        : SymbolLookup.libraryLookup(name, Arena.global());
  }

  private static OpenBlas open(SymbolLookup library) {
    try {
      call(library, "openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT)).invoke(1);
      MethodHandle sgemm =
          call(
              library,
              "cblas_sgemm",
              FunctionDescriptor.ofVoid(
                  JAVA_INT,
                  JAVA_INT,
                  JAVA_INT,
                  JAVA_INT,
                  JAVA_INT,
                  JAVA_INT,
                  JAVA_FLOAT,
                  ADDRESS,
                  JAVA_INT,
                  ADDRESS,
                  JAVA_INT,
                  JAVA_FLOAT,
                  ADDRESS,
                  JAVA_INT));
      return new OpenBlas(
          sgemm, text(library, "openblas_get_corename"), text(library, "openblas_get_config"));
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalStateException("a call of C throws nothing", failure);
    }
  }

  private static MethodHandle call(SymbolLookup library, String name, FunctionDescriptor shape) {
    MemorySegment at =
        library.find(name).orElseThrow(() -> new IllegalArgumentException("no " + name));
    return Linker.nativeLinker().downcallHandle(at, shape);
  }

  private static String text(SymbolLookup library, String name) throws Throwable {
    AddressLayout pointer =
        ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(TEXT_MAX, ValueLayout.JAVA_BYTE));
    MethodHandle handle = call(library, name, FunctionDescriptor.of(pointer));
    return ((MemorySegment) handle.invoke()).getString(0);
  }

  /** Which of its kernels it has chosen for this machine. */
  String core() {
    return core;
  }

  /** Its version and how it was built. */
  String configuration() {
    return configuration;
  }

  /** {@code c = op(a) op(b)} of row-major matrices without gaps, as {@code shape} says. */
  void multiply(ProductShape shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    try {
      sgemm.invokeExact(
          ROW_MAJOR,
          shape.leftTransposed() ? TRANSPOSED : AS_IT_IS,
          shape.rightTransposed() ? TRANSPOSED : AS_IT_IS,
          shape.m(),
          shape.n(),
          shape.k(),
          1f,
          a,
          shape.leftTransposed() ? shape.m() : shape.k(),
          b,
          shape.rightTransposed() ? shape.k() : shape.n(),
          0f,
          c,
          shape.n());
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalStateException("a call of C throws nothing", failure);
    }
  }
}
