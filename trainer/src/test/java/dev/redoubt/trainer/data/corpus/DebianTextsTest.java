package dev.redoubt.trainer.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.redoubt.trainer.data.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Five real sources: the JDK's code, and manual pages in four languages, of Debian's packages
 * manpages-dev, manpages-de-dev, manpages-fr-dev and manpages-es.
 */
class DebianTextsTest {

  private static final String MANUALS = "/usr/share/man/";
  private static final long BYTES_MAX = 1 << 20;

  private static CorpusSource manual(String language, String folder) {
    Path path = Path.of(MANUALS + folder);
    if (System.getenv("REDOUBT_CI") == null) {
      assumeThat(Files.isDirectory(path)).as("%s of Debian's manpages packages", path).isTrue();
    }
    return new CorpusSource(language, path.toString(), Kind.MANUAL, language, BYTES_MAX);
  }

  @Test
  void everyDocumentOfFiveSourcesIsAccountedFor() throws Exception {
    List<CorpusSource> sources =
        List.of(
            new CorpusSource("code", Source.JDK_SOURCES, Kind.CODE, "java", BYTES_MAX),
            manual("en", "man2"),
            manual("de", "de/man2"),
            manual("fr", "fr/man2"),
            manual("es", "es"));
    Corpus corpus = Corpus.build(new CorpusConfig(sources, Filters.DEFAULTS, 7));

    DataReport report = corpus.report();
    assertThat(report.sources()).hasSize(5).allSatisfy(of -> assertThat(of.kept()).isPositive());
    // The account of each source is checked where it is made: read = kept + removed by each filter.
    int read = report.sources().stream().mapToInt(DataReport.OfSource::read).sum();
    assertThat(corpus.documents().size() + corpus.removals().size()).isEqualTo(read);
    assertThat(report.classifiers())
        .hasSize(3)
        .allSatisfy(judge -> assertThat(judge.recall()).isGreaterThan(0.8));
    assertThat(corpus.documents())
        .filteredOn(document -> document.source().equals("de"))
        .extracting(Document::text)
        .anySatisfy(text -> assertThat(text).contains("BESCHREIBUNG"))
        .noneSatisfy(text -> assertThat(text).contains("\\fB"));
  }
}
