package dev.redoubt.redundancy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * What a checkpoint asks of a disk, so that tests can have one that is full, or that loses power
 * between any two calls.
 */
interface Disk {

  /** A file that is being written. */
  interface Output extends AutoCloseable {

    /** Writes all that remains in the buffer. */
    void write(ByteBuffer bytes) throws IOException;

    /** Returns when everything written has reached the disk. */
    void force() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** A new, empty file with a name of its own. */
  Path createTemporary(Path folder, String prefix) throws IOException;

  /** Opens a file that is there, to write it from its beginning. */
  Output open(Path file) throws IOException;

  /** Gives a file its name, all at once: others see the old file or the new one. */
  void rename(Path from, Path to) throws IOException;

  /** Returns when the names in a folder have reached the disk. */
  void forceFolder(Path folder) throws IOException;

  /** Removes a file; one that is not there is no error. */
  void delete(Path file) throws IOException;

  /** Bytes that can still be written. */
  long usableBytes(Path folder) throws IOException;

  /** The disk of this machine. */
  Disk REAL =
      new Disk() {
        @Override
        public Path createTemporary(Path folder, String prefix) throws IOException {
          return Files.createTempFile(folder, prefix, CheckpointFolder.TEMPORARY);
        }

        @Override
        public Output open(Path file) throws IOException {
          FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
          return new Output() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
              while (bytes.hasRemaining()) {
                channel.write(bytes);
              }
            }

            @Override
            public void force() throws IOException {
              channel.force(true);
            }

            @Override
            public void close() throws IOException {
              channel.close();
            }
          };
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
          Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void forceFolder(Path folder) throws IOException {
          if (System.getProperty("os.name", "").startsWith("Windows")) {
            // A folder cannot be opened there; NTFS journals its names.
            return;
          }
          try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
          }
        }

        @Override
        public void delete(Path file) throws IOException {
          Files.deleteIfExists(file);
        }

        @Override
        public long usableBytes(Path folder) throws IOException {
          return Files.getFileStore(folder).getUsableSpace();
        }
      };
}
