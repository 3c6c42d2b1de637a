package dev.redoubt.trainer;

import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.scan.Kernel;
import dev.redoubt.trainer.scan.Scan;
import dev.redoubt.trainer.scan.ScanResult;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Prints the digest of each version of a short run, and how many known answers are wrong: run in
 * child JVMs of every kind, which must all print the same. Its text is made here, so that it is the
 * same on every machine.
 */
public final class Bits {

  static final ModelConfig MODEL = new ModelConfig("bits", 1, 36, 4, 32, 36, 256, 64);
  static final TrainConfig TRAIN = TrainConfig.defaults(11, 2, 2, 1, 17);

  private Bits() {}

  /** Trains and prints. */
  public static void main(String[] arguments) throws Exception {
    System.out.println(roots() + " wrong " + wrongAnswers());
  }

  static String roots() throws Exception {
    GoldenResult result = GoldenRun.run(MODEL, TRAIN, data(TRAIN), 1, step -> {});
    StringBuilder line = new StringBuilder("bits");
    for (int version = 0; version <= TRAIN.steps(); version++) {
      line.append(' ').append(result.digest(version));
    }
    for (double loss : result.losses()) {
      line.append(' ').append(Double.toHexString(loss));
    }
    return line.toString();
  }

  /** Of one round of all known answers. */
  private static long wrongAnswers() {
    Scan scan = new Scan(EnumSet.allOf(Kernel.class), null);
    AtomicInteger tests = new AtomicInteger();
    ScanResult result = scan.run(-1, () -> tests.getAndIncrement() < scan.tests());
    if (result.testsInAll() != scan.tests()) {
      throw new IllegalStateException("only " + result.testsInAll() + " tests were run");
    }
    return result.wrongInAll();
  }

  static Dataset data(TrainConfig train) throws DataException {
    Random random = new Random(12);
    StringBuilder text = new StringBuilder();
    while (text.length() < 5000) {
      text.append("word").append(random.nextInt(50)).append(' ');
    }
    return Dataset.of(text.toString().getBytes(StandardCharsets.US_ASCII), train);
  }
}
