package dev.redoubt.trainer.scan;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The right answers, made once, by kernels whose tests hold them against scalar loops. They hold on
 * every machine, whatever its vectors: that kernels have the same bits everywhere is this project's
 * promise.
 */
final class KnownAnswers {

  static final String RESOURCE = "known-answers.txt";

  private final Map<String, Answer> answers = new HashMap<>();

  private KnownAnswers() {}

  /** Reads the resource. */
  static KnownAnswers load() {
    try (InputStream in = KnownAnswers.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + RESOURCE + " is missing");
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KnownAnswers parse(String text) {
    KnownAnswers known = new KnownAnswers();
    text.lines()
        .forEach(
            line -> {
              String[] parts = line.split(" ", 3);
              known.answers.put(parts[0] + ' ' + parts[1], Answer.parse(parts[2]));
            });
    return known;
  }

  static String key(Kernel kernel, Operands operands) {
    return kernel.word() + ' ' + operands.word();
  }

  /** The right answer. */
  Answer of(Kernel kernel, Operands operands) {
    @Nullable Answer answer = answers.get(key(kernel, operands));
    if (answer == null) {
      throw new IllegalStateException("no answer is known to " + key(kernel, operands));
    }
    return answer;
  }
}
