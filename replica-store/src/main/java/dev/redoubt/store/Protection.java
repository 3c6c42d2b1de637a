package dev.redoubt.store;

import java.util.Optional;

/**
 * What stands between a sealed version and whoever would write it. Each constant includes the ones
 * before it. The doors of the store itself stay open: {@link VersionStore#replaceBlock} for
 * repairs, {@link VersionStore#tamper} for injectors.
 */
public enum Protection {

  /** Readers get read-only segments. The segment that {@code begin} gave can still be written. */
  VIEWS,

  /**
   * The segment that {@code begin} gave is closed when its version is sealed, abandoned or thrown
   * away: a late write through it is an {@link IllegalStateException}. It does not stop code that
   * kept the raw address.
   */
  REVOKED,

  /**
   * The pages of a sealed version are read-only to the whole process, by {@code mprotect}: a write
   * by whatever way, a wild pointer too, ends the process with a fatal error that names the
   * address. Flips in the memory itself are not writes, and pass. Where the platform cannot do it
   * the store is refused; see {@link #unavailable}.
   */
  PAGES;

  /** Why this platform cannot do it; empty if it can. */
  public Optional<String> unavailable() {
    return this == PAGES ? Pages.unavailable() : Optional.empty();
  }
}
