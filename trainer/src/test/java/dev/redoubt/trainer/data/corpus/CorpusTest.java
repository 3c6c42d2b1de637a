package dev.redoubt.trainer.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.data.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every document that is read is kept, or one filter removed it and says why. */
class CorpusTest {

  private static final String[] WORDS =
      ("the harbour lies between two hills and ships wait there until the tide turns while people on"
              + " the quay talk about weather prices letters from home a new bridge old songs bread"
              + " rope paint engines maps stars winter fishing school music gardens trains")
          .split(" ", -1);

  private final Path folder;

  CorpusTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Some sentences, others for each number. */
  private static String sentences(int number) {
    SplittableRandom random = new SplittableRandom(number);
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < 12; line++) {
      for (int word = 0; word < 12; word++) {
        text.append(WORDS[random.nextInt(WORDS.length)]).append(word == 11 ? ".\n" : " ");
      }
    }
    return text.toString();
  }

  private void write(String name, String text) throws IOException {
    write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private CorpusSource source(Kind kind, String language) {
    return new CorpusSource("source", folder.toString(), kind, language, 1 << 30);
  }

  private Corpus build(Filter... on) throws DataException {
    return build(source(Kind.PROSE, "en"), Set.of(on));
  }

  private static Corpus build(CorpusSource source, Set<Filter> on) throws DataException {
    Filters all = Filters.DEFAULTS;
    Filters filters =
        new Filters(
            on,
            all.wordsMin(),
            all.linesMin(),
            all.lineCharactersMax(),
            all.qualityMin(),
            all.safetyMax(),
            List.of("forbidden phrase"));
    return Corpus.build(new CorpusConfig(List.of(source), filters, 7));
  }

  private static List<String> names(Corpus corpus) {
    return corpus.documents().stream().map(Document::name).toList();
  }

  /** One good document, and one that goes, for this reason. */
  private void removes(Filter filter, String reason, byte[] bad) throws Exception {
    write("good.txt", sentences(1));
    write("sub/bad.txt", bad);
    Corpus corpus = build(filter);
    assertThat(names(corpus)).containsExactly("good.txt");
    assertThat(corpus.removals())
        .containsExactly(new Corpus.Removal("source", "sub/bad.txt", filter, reason));
    assertThat(corpus.report().totals()).containsEntry("read", 2).containsEntry("kept", 1);
  }

  private void removes(Filter filter, String reason, String bad) throws Exception {
    removes(filter, reason, bad.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void binaryFilesGo() throws Exception {
    removes(Filter.ENCODING, "binary: a zero byte", "abc\0def");
  }

  @Test
  void bytesThatAreNoUtf8Go() throws Exception {
    removes(Filter.ENCODING, "not UTF-8", new byte[] {'a', (byte) 0xC3, '(', 'b'});
  }

  @Test
  void controlCharactersGo() throws Exception {
    removes(Filter.ENCODING, "binary: control characters", "\u0001\u0002\u0003 and so on");
  }

  @Test
  void emptyFilesGo() throws Exception {
    removes(Filter.LENGTH, "empty", "");
  }

  @Test
  void shortDocumentsGo() throws Exception {
    removes(Filter.LENGTH, "fewer than 30 words", "only a few words");
  }

  @Test
  void oneHugeLineGoes() throws Exception {
    removes(Filter.LENGTH, "a line of more than 1000 characters", "x".repeat(5_000_000));
  }

  @Test
  void tablesOfNumbersGo() throws Exception {
    removes(Filter.SYMBOLS, "too many words without a letter", "1234 5678 91011 word ".repeat(20));
  }

  @Test
  void linesThatComeAgainAndAgainGo() throws Exception {
    removes(Filter.REPETITION, "the same lines again and again", sentences(2).repeat(3));
  }

  @Test
  void phrasesThatComeAgainAndAgainGo() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      text.append("buy our lovely harbour ").append(WORDS[i % WORDS.length]).append(i).append('\n');
    }
    removes(Filter.REPETITION, "the same 2 words again and again", text.toString());
  }

  @Test
  void wordsOfTheBlocklistGoInAnyFormAndCase() throws Exception {
    removes(Filter.BLOCKLIST, "a word on the blocklist", sentences(3) + "\uFF26orbidden PHRASE\n");
    assertThat(build(Filter.SAFETY).documents()).hasSize(2);
  }

  @Test
  void aBlockedWordWithinAnotherStays() throws Exception {
    write("fine.txt", sentences(3) + " unforbidden phrases\n");
    assertThat(build(Filter.BLOCKLIST).removals()).isEmpty();
  }

  @Test
  void privateKeysGoAndAreNotTold() throws Exception {
    String key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA1234567890abcdef\n";
    removes(Filter.BLOCKLIST, "a private key", sentences(4) + key);
  }

  @Test
  void cardNumbersGoByTheirCheckDigit() throws Exception {
    removes(Filter.BLOCKLIST, "a card number", sentences(4) + "4111 1111 1111 1111\n");
    write("number.txt", sentences(5) + "4111 1111 1111 1112\n");
    assertThat(names(build(Filter.BLOCKLIST))).containsExactly("good.txt", "number.txt");
  }

  @Test
  void theSafetyClassifierTakesFraudAndLeavesTheRest() throws Exception {
    String fraud =
        "Congratulations, you have won a free prize, click the link now and enter your card number"
            + " to claim your reward today.\n\n";
    removes(Filter.SAFETY, "paragraphs that look like fraud", fraud.repeat(2));
  }

  @Test
  void theSameTextIsKeptOnceWhateverItsSpaces() throws Exception {
    write("a.txt", sentences(1));
    write("b.txt", sentences(1).replace(" ", "  ").toUpperCase(java.util.Locale.ROOT));
    write("c.txt", sentences(2));
    Corpus corpus = build(Filter.DUPLICATE);
    assertThat(names(corpus)).containsExactly("a.txt", "c.txt");
  }

  @Test
  void shuffledWordsAndNoiseScoreLessThanText() throws Exception {
    StringBuilder noise = new StringBuilder();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1500; i++) {
      noise.append((char) ('!' + random.nextInt(90))).append(i % 6 == 5 ? " " : "");
    }
    for (int i = 0; i < 60; i++) {
      write("text" + i + ".txt", sentences(i));
    }
    write("noise.txt", noise.toString());
    Corpus corpus = build(Filter.QUALITY);
    assertThat(corpus.removals())
        .containsExactly(
            new Corpus.Removal("source", "noise.txt", Filter.QUALITY, "a score below 0.35"));
    DataReport.Judge judge = corpus.report().classifiers().getFirst();
    assertThat(judge.examples()).isPositive();
    assertThat(judge.recall()).isGreaterThan(0.8);
  }

  @Test
  void aDocumentOfAnotherLanguageGoes() throws Exception {
    Path german = Files.createDirectory(folder.resolve("de"));
    Path english = Files.createDirectory(folder.resolve("en"));
    String[] satz =
        "der die und nicht auch eine sich werden dass über größer Straße zwischen müssen"
            .split(" ", -1);
    for (int i = 0; i < 20; i++) {
      SplittableRandom random = new SplittableRandom(i);
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < 120; word++) {
        text.append(satz[random.nextInt(satz.length)]).append(word % 12 == 11 ? ".\n" : " ");
      }
      Files.writeString(german.resolve(i + ".txt"), text);
      Files.writeString(english.resolve(i + ".txt"), sentences(i));
    }
    Files.writeString(german.resolve("stray.txt"), sentences(99));
    CorpusConfig config =
        new CorpusConfig(
            List.of(
                new CorpusSource("de", german.toString(), Kind.PROSE, "de", 1 << 30),
                new CorpusSource("en", english.toString(), Kind.PROSE, "en", 1 << 30)),
            new Filters(Set.of(Filter.LANGUAGE), 30, 5, 1000, 0.35, 0.3, List.of()),
            7);
    assertThat(Corpus.build(config).removals())
        .containsExactly(new Corpus.Removal("de", "stray.txt", Filter.LANGUAGE, "more like en"));
  }

  @Test
  void codeIsJudgedByOtherRules() throws Exception {
    write("A.java", "class A {\n  int a;\n  int b;\n  int c;\n  int d;\n}\n");
    write("Made.java", "// Generated by a tool. DO NOT EDIT.\nclass A {\n int a;\n int b;\n}\n}\n");
    write("Tiny.java", "class B {}\n");
    Corpus corpus = build(source(Kind.CODE, "java"), EnumSet.of(Filter.LENGTH, Filter.SYMBOLS));
    assertThat(names(corpus)).containsExactly("A.java");
    assertThat(corpus.removals())
        .extracting(Corpus.Removal::reason)
        .containsExactly("a generated file", "fewer than 5 lines");
  }

  @Test
  void manualPagesLoseTheirMarkup() throws Exception {
    String page =
        ".\\\" a comment\n.TH LS 1\n.SH NAME\nls \\- list \\fBdirectory\\fP contents\n.TS\nl l.\na b\n.TE\n"
            + ".PP\n"
            + sentences(1);
    write("ls.1", page);
    Corpus corpus = build(source(Kind.MANUAL, "en"), Set.of());
    assertThat(corpus.documents().getFirst().text())
        .startsWith("NAME\nls - list directory contents\n\n" + sentences(1).substring(0, 20));
  }

  @Test
  void damagedArchivesAndBombsGo() throws Exception {
    write("good.txt.gz", gzip(sentences(1).getBytes(StandardCharsets.UTF_8)));
    write("bad.gz", "no gzip at all");
    byte[] whole = gzip(sentences(2).getBytes(StandardCharsets.UTF_8));
    write("cut.gz", java.util.Arrays.copyOf(whole, whole.length / 2));
    write("bomb.gz", gzip(new byte[(int) SourceFiles.DOCUMENT_BYTES_MAX + 100]));
    Corpus corpus = build();
    assertThat(names(corpus)).containsExactly("good.txt.gz");
    assertThat(corpus.removals())
        .extracting(Corpus.Removal::reason)
        .containsExactly("damaged gzip", "expands to more than 32 MiB", "damaged gzip");
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void linksAreNotFollowed() throws Exception {
    write("good.txt", sentences(1));
    Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nothing"));
    Files.createSymbolicLink(folder.resolve("loop"), folder);
    Corpus corpus = build();
    assertThat(corpus.removals())
        .extracting(Corpus.Removal::reason)
        .containsOnly("a symbolic link")
        .hasSize(2);
  }

  @Test
  void aFolderOfAHundredThousandFilesIsRead() throws Exception {
    for (int i = 0; i < 100_000; i++) {
      if (i % 1000 == 0) {
        Files.createDirectories(folder.resolve("d" + i / 1000));
      }
      Files.writeString(folder.resolve("d" + i / 1000).resolve("f" + i), "line " + i + "\n");
    }
    Corpus corpus = build(source(Kind.PROSE, "en"), Set.of(Filter.DUPLICATE));
    assertThat(corpus.documents()).hasSize(100_000);
  }

  @Test
  void whatComesAfterTheLimitIsNotReadAndTold() throws Exception {
    for (int i = 0; i < 10; i++) {
      write("f" + i + ".txt", sentences(i));
    }
    long three = 2L * sentences(0).length() + 1;
    Corpus corpus =
        build(new CorpusSource("source", folder.toString(), Kind.PROSE, "en", three), Set.of());
    DataReport.OfSource of = corpus.report().sources().getFirst();
    assertThat(of.read() + of.unread()).isEqualTo(10);
    assertThat(of.unread()).isPositive();
  }

  @Test
  void anEmptyFolderIsRefused() {
    assertThatThrownBy(this::build)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("there is no file in folder")
        .hasMessageContaining("data source 'source'");
  }

  @Test
  void aSourceThatIsNotThereIsRefused() {
    CorpusSource gone = new CorpusSource("source", folder + "/gone", Kind.PROSE, "en", 1);
    assertThatThrownBy(() -> build(gone, Set.of()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("gone does not exist: name a file, a folder or jdk-sources");
  }

  @Test
  void aSourceOfWhichNothingIsLeftIsRefusedWithTheReasons() throws Exception {
    write("a", "\0");
    write("b", "few words");
    assertThatThrownBy(() -> build(Filter.LENGTH))
        .hasMessage(
            "data source 'source': none of its 2 documents is fit to train on: 1 encoding (binary: a"
                + " zero byte), 1 length (fewer than 30 words)");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theAccountIsClosedForRandomCorpora(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    int count = 40;
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(6)) {
        case 0 -> write("f" + i, "");
        case 1 -> write("f" + i, new byte[] {(byte) random.nextInt(256), 0, 1});
        case 2 -> write("f" + i, sentences(1));
        case 3 -> write("f" + i, sentences(i).repeat(4));
        case 4 -> write("f" + i, "# # # 12 12 12 12 ".repeat(9));
        default -> write("f" + i, sentences(i));
      }
    }
    write("good", sentences(1000));
    DataReport report = build(EnumSet.allOf(Filter.class).toArray(Filter[]::new)).report();
    int removed = report.totals().values().stream().mapToInt(Integer::intValue).sum();
    // Read is once the sum of all others.
    assertThat(removed).isEqualTo(2 * (count + 1));
  }

  @Test
  void anAccountThatIsNotClosedIsADefect() {
    assertThatThrownBy(
            () ->
                new DataReport.OfSource(
                    "s", Kind.CODE, "java", 3, 1, 1, 1, 0, new java.util.LinkedHashMap<>()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("source 's': 3 documents read, but 1 kept and 0 removed");
  }

  @Test
  void twoBuildsGiveTheSameDocuments() throws Exception {
    for (int i = 0; i < 30; i++) {
      write("f" + i, sentences(i));
    }
    Filter[] all = EnumSet.allOf(Filter.class).toArray(Filter[]::new);
    assertThat(build(all).report()).isEqualTo(build(all).report());
  }
}
