package dev.redoubt.redundancy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A real disk that fails at a chosen call: with an exception, as a full one does, or by the end of
 * everything, as a power cut is. A write that fails has written half.
 */
final class FragileDisk implements Disk {

  /** The process is no more: no handler of the code under test may run on. */
  static final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;
  }

  private int callsLeft = Integer.MAX_VALUE;
  private boolean cut;
  private boolean dead;
  private long usable = Long.MAX_VALUE;

  /** The call after so many more fails, and only that one. */
  void failAfter(int calls) {
    callsLeft = calls;
    cut = false;
  }

  /** The call after so many more, and every one from then on, never returns. */
  void cutAfter(int calls) {
    callsLeft = calls;
    cut = true;
  }

  void usable(long bytes) {
    usable = bytes;
  }

  private void call() throws IOException {
    if (dead || callsLeft-- == 0) {
      if (cut) {
        dead = true;
        throw new PowerCut();
      }
      throw new IOException("No space left on device");
    }
  }

  @Override
  public Path createTemporary(Path folder, String prefix) throws IOException {
    call();
    return REAL.createTemporary(folder, prefix);
  }

  @Override
  public Output open(Path file) throws IOException {
    call();
    Output real = REAL.open(file);
    return new Output() {
      @Override
      public void write(ByteBuffer bytes) throws IOException {
        try {
          call();
        } catch (IOException | PowerCut e) {
          real.write(bytes.limit(bytes.limit() / 2));
          throw e;
        }
        real.write(bytes);
      }

      @Override
      public void force() throws IOException {
        call();
        real.force();
      }

      @Override
      public void close() throws IOException {
        real.close();
        call();
      }
    };
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    call();
    REAL.rename(from, to);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    call();
    REAL.forceFolder(folder);
  }

  @Override
  public void delete(Path file) throws IOException {
    call();
    REAL.delete(file);
  }

  @Override
  public long usableBytes(Path folder) {
    return usable;
  }
}
