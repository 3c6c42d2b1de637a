package dev.redoubt.trainer.input;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints where the rows of a window came from. */
final class OriginTable {

  private static final int EXCERPT = 40;
  private static final List<String> TITLES = List.of("rows", "kind", "from", "place", "content");

  private final InterleavedCorpus corpus;
  private final long window;
  private final TextTokens text;

  private OriginTable(InterleavedCorpus corpus, long window, TextTokens text) {
    this.corpus = corpus;
    this.window = window;
    this.text = text;
  }

  static String of(InterleavedCorpus corpus, long window, TextTokens text) {
    return new OriginTable(corpus, window, text).print();
  }

  private String print() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(TITLES);
    int from = 0;
    while (from < corpus.sequenceLength()) {
      int to = behind(from);
      lines.add(line(from, to));
      from = to;
    }
    Origin first = corpus.origin(window, 0);
    return "window %d of %d, source '%s'\n".formatted(window, corpus.windows(), first.source())
        + aligned(lines);
  }

  /** The first row behind those of the same segment. */
  private int behind(int from) {
    Origin first = corpus.origin(window, from);
    int to = from + 1;
    while (to < corpus.sequenceLength() && sameSegment(first, corpus.origin(window, to))) {
      to++;
    }
    return to;
  }

  private static boolean sameSegment(Origin a, Origin b) {
    return a.segment() == b.segment()
        && a.document().equals(b.document())
        && a.source().equals(b.source());
  }

  private List<String> line(int from, int to) {
    Origin first = corpus.origin(window, from);
    Origin last = corpus.origin(window, to - 1);
    return List.of(
        from == to - 1 ? "" + from : from + "-" + (to - 1),
        first.kind().word(),
        first.document() + ":" + first.line(),
        range(first.place(), last.place()),
        first.kind() == Segment.Kind.TEXT ? excerpt(from, to) : media(first, from));
  }

  private static String range(Place first, Place last) {
    return switch (first) {
      case Place.InText from when last instanceof Place.InText to ->
          "bytes " + from.fromByte() + "-" + (to.toByte() - 1);
      case Place.InPicture from when last instanceof Place.InPicture to ->
          "patches " + patch(from.x(), from.y()) + "-" + patch(to.x(), to.y());
      case Place.InVideo from when last instanceof Place.InVideo to ->
          String.format(
              Locale.ROOT,
              "frame %d %s-frame %d %s, %.3f-%.3f s",
              from.frame(),
              patch(from.x(), from.y()),
              to.frame(),
              patch(to.x(), to.y()),
              from.seconds(),
              to.seconds());
      case Place.InSound from when last instanceof Place.InSound to ->
          String.format(Locale.ROOT, "%.4f-%.4f s", from.fromSeconds(), to.toSeconds());
      default -> throw new IllegalStateException(first + " and " + last + " in one segment");
    };
  }

  private static String patch(int x, int y) {
    return "(" + x + "," + y + ")";
  }

  private String media(Origin origin, int row) {
    String alt = corpus.alt(window, row);
    return alt == null || alt.isEmpty() ? origin.file() : origin.file() + ": " + alt;
  }

  /** The beginning of a text, in quotes, with its line breaks made visible. */
  private String excerpt(int from, int to) {
    int[] ids = new int[Math.min(to - from, EXCERPT)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = corpus.token(window, from + i);
    }
    String shown = text.text(ids).replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t");
    return "\"" + shown + (to - from > EXCERPT ? "...\"" : "\"");
  }

  private static String aligned(List<List<String>> lines) {
    int[] widths = new int[TITLES.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder padded = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        padded.append(line.get(i)).repeat(' ', widths[i] - line.get(i).length() + 2);
      }
      table.append(padded.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }
}
