package dev.redoubt.cli.run;

import java.nio.file.Path;

/** Where files are kept that can be made again, by the XDG base directory specification. */
public final class Caches {

  private Caches() {}

  /** Models of SentencePiece, by what they were trained on. */
  public static Path tokenizers() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return base.resolve("redoubt").resolve("tokenizers");
  }
}
