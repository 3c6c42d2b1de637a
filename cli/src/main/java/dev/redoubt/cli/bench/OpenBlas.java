package dev.redoubt.cli.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** OpenBLAS through the foreign-function interface, on one thread. */
@SuppressWarnings("restricted")
public final class OpenBlas {

  private static final List<String> PLACES =
      List.of(
          "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0",
          "/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0",
          "/usr/lib/x86_64-linux-gnu/libopenblas.so.0",
          "/usr/lib/aarch64-linux-gnu/libopenblas.so.0",
          "/usr/lib64/libopenblas.so.0",
          "/usr/lib/libopenblas.so",
          "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
          "/usr/local/opt/openblas/lib/libopenblas.dylib");

  private static final int ROW_MAJOR = 101;
  private static final int PLAIN = 111;
  private static final int TRANSPOSED = 112;

  private final Path path;
  private final SymbolLookup symbols;
  private final MethodHandle sgemm;

  private OpenBlas(Path path, Arena arena) {
    this.path = path;
    symbols = SymbolLookup.libraryLookup(path, arena);
    sgemm =
        handle(
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
    oneThread();
  }

  /**
   * Loads the library.
   *
   * @param wanted its file, or null to look at the usual places
   * @return empty if nothing was asked for and there is none
   * @throws IllegalArgumentException if the file that was asked for is not there, or is no OpenBLAS
   */
  public static Optional<OpenBlas> load(@Nullable Path wanted, Arena arena) {
    if (wanted != null) {
      if (!Files.isReadable(wanted)) {
        throw new IllegalArgumentException("there is no library at " + wanted);
      }
      return Optional.of(new OpenBlas(wanted.toAbsolutePath(), arena));
    }
    return PLACES.stream()
        .map(Path::of)
        .filter(Files::isReadable)
        .findFirst()
        .map(found -> new OpenBlas(found, arena));
  }

  private MethodHandle handle(String name, FunctionDescriptor type) {
    MemorySegment symbol =
        symbols
            .find(name)
            .orElseThrow(
                () -> new IllegalArgumentException(path + " is not OpenBLAS: it has no " + name));
    return Linker.nativeLinker().downcallHandle(symbol, type);
  }

  private void oneThread() {
    try {
      handle("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT)).invokeExact(1);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** The library's own words about the kernels that it chose, and where it is. */
  public String describe() {
    return word("openblas_get_corename") + "; " + word("openblas_get_config") + "; " + path;
  }

  private String word(String function) {
    try {
      MemorySegment text =
          (MemorySegment) handle(function, FunctionDescriptor.of(ADDRESS)).invokeExact();
      return text.reinterpret(4096).getString(0).strip();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * A factor of a product.
   *
   * @param stride from row to row, in floats
   * @param transposed whether the product reads it by columns
   */
  public record Factor(MemorySegment data, int stride, boolean transposed) {
    private int order() {
      return transposed ? TRANSPOSED : PLAIN;
    }
  }

  /**
   * {@code c = a b + beta c}, with c of m x n.
   *
   * @param beta 0 or 1
   */
  public void product(Factor a, Factor b, int m, int n, int k, float beta, Factor c) {
    try {
      sgemm.invokeExact(
          ROW_MAJOR, a.order(), b.order(), m, n, k, 1f, a.data, a.stride, b.data, b.stride, beta,
          c.data, c.stride);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static IllegalStateException failed(Throwable e) {
    return new IllegalStateException("a call of OpenBLAS failed", e);
  }
}
