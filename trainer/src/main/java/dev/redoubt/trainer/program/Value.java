package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Matrix;
import java.util.List;

/**
 * A rank's part of a tensor in memory: one window, or one for each of its slices.
 *
 * @param storages where the windows stand
 * @param windows a streamed value has none: its tiles are cut when they are used
 */
record Value(List<Storage> storages, List<Matrix> windows) {

  static Value of(Storage storage, Matrix window) {
    return new Value(List.of(storage), List.of(window));
  }

  Matrix window() {
    return windows.getFirst();
  }

  Storage storage() {
    return storages.getFirst();
  }
}
