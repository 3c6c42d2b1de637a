package dev.redoubt.trainer.data.token;

import dev.redoubt.trainer.data.DataException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Trains a model of SentencePiece by its own program, {@code spm_train}. The same text gives the
 * same file: one thread, lines in their order. Files are kept by what they were made from, so that
 * other processes and later runs find them.
 */
public final class SentencePieceTraining {

  private static final String PROGRAM = "spm_train";

  /** Of the text so much is looked at, evenly spread. */
  private static final long TEXT_CHARACTERS_MAX = 12L << 20;

  private static final int LINE_BYTES_MAX = 16_384;
  private static final int MINUTES_MAX = 20;

  private SentencePieceTraining() {}

  /**
   * Trains, or takes the file that an earlier training on the same text left.
   *
   * @param texts in their order
   * @param vocabulary a multiple of 4
   * @param cache folder for the files
   * @throws DataException if the program is not there, or cannot make such a vocabulary
   */
  public static Path train(List<String> texts, int vocabulary, Path cache) throws DataException {
    String sample = sample(texts);
    List<String> options = options(vocabulary);
    String key =
        SentencePieceTokenizer.sha256(
            (String.join(" ", options) + "\n" + sample).getBytes(StandardCharsets.UTF_8));
    Path file = cache.resolve("sentencepiece-" + key.substring(0, 32) + ".model");
    if (Files.isRegularFile(file)) {
      return file;
    }
    try {
      Files.createDirectories(cache);
      Path work = Files.createTempDirectory(cache, "train-");
      try {
        return train(sample, options, work, file);
      } finally {
        delete(work);
      }
    } catch (IOException e) {
      throw new DataException("data.tokenizer: cannot write to " + cache + " (" + e + ")", e);
    }
  }

  private static Path train(String sample, List<String> options, Path work, Path file)
      throws IOException, DataException {
    try (Writer out = Files.newBufferedWriter(work.resolve("text.txt"))) {
      out.write(sample);
    }
    // The file remembers these names, so they must not tell where it was made.
    List<String> command =
        Stream.concat(
                Stream.of(PROGRAM, "--input=text.txt", "--model_prefix=made"), options.stream())
            .toList();
    run(command, work);
    // Whoever is first wins; the files are the same.
    Files.move(
        work.resolve("made.model"),
        file,
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    return file;
  }

  private static List<String> options(int vocabulary) {
    return List.of(
        "--vocab_size=" + vocabulary,
        "--model_type=bpe",
        "--byte_fallback=true",
        "--character_coverage=0.9995",
        "--normalization_rule_name=identity",
        "--remove_extra_whitespaces=false",
        "--add_dummy_prefix=false",
        "--allow_whitespace_only_pieces=true",
        "--max_sentence_length=" + LINE_BYTES_MAX,
        "--num_threads=1",
        "--shuffle_input_sentence=false",
        "--minloglevel=2");
  }

  private static void run(List<String> command, Path work) throws DataException, IOException {
    Path log = work.resolve("log.txt");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(work.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new DataException(
          "data.tokenizer: there is no "
              + PROGRAM
              + " on the path: install SentencePiece (Debian: apt-get install sentencepiece), name a"
              + " model in data.tokenizer.model, or take the kind bytes",
          e);
    }
    try {
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new DataException(
            "data.tokenizer: " + PROGRAM + " was not done after " + MINUTES_MAX + " minutes");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new DataException("data.tokenizer: the training was interrupted", e);
    }
    if (process.exitValue() != 0) {
      throw new DataException("data.tokenizer: " + PROGRAM + " failed: " + end(log));
    }
  }

  private static String end(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
    return String.join(" ", lines.subList(Math.max(0, lines.size() - 3), lines.size())).strip();
  }

  /** Every n-th line of everything. */
  private static String sample(List<String> texts) {
    long all = texts.stream().mapToLong(String::length).sum();
    int every = (int) Math.max(1, Math.ceilDiv(all, TEXT_CHARACTERS_MAX));
    StringBuilder sample = new StringBuilder();
    int at = 0;
    for (String text : texts) {
      for (String line : (Iterable<String>) text.lines()::iterator) {
        if (at++ % every == 0 && !line.isBlank()) {
          sample.append(line).append('\n');
        }
      }
    }
    return sample.toString();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
