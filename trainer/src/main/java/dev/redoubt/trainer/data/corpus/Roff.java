package dev.redoubt.trainer.data.corpus;

import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Manual pages without their markup: requests go, their text stays. Enough to read what the page
 * says; tables and equations are dropped. A text without roff markup is left as it is.
 */
final class Roff {

  private static final Pattern BEGIN =
      Pattern.compile("\\A\\s*(\\.\\\\\"|'\\\\\"|\\.TH\\b|\\.Dd\\b)");
  private static final Pattern FONT = Pattern.compile("\\\\f(\\[[^]]*]|\\([A-Z0-9]{2}|[A-Z0-9])");
  private static final Pattern SIZE = Pattern.compile("\\\\s[-+]?\\d+");
  private static final Pattern NAMED = Pattern.compile("\\\\(\\*)?(\\[[^]]*]|\\([^\\s]{2})");
  private static final Pattern QUOTED = Pattern.compile("\\\\[vhwCDLlN]'[^']*'");

  /** Requests whose arguments are text. */
  private static final Set<String> SPEAKS =
      Set.of(
          "B", "I", "BR", "RB", "IR", "RI", "BI", "IB", "SH", "SS", "SM", "SB", "IP", "TP", "TQ",
          "UR", "MT", "Nm", "Nd", "Fl", "Ar", "Cm", "Pa", "Va", "Fa", "Fn", "Ft", "Xr", "Sh", "Ss",
          "It", "Dq", "Sq", "Ql", "Li", "Em", "Sy", "Op", "Dv", "Er", "Ev", "In", "Lb", "Bq", "Pq");

  /** Blocks that are left out, and what ends them. */
  private static final Set<String> SKIPPED = Set.of("TS", "EQ", "ig", "de");

  private Roff() {}

  static boolean isMarkup(String text) {
    return BEGIN.matcher(text).find();
  }

  static String text(String markup) {
    StringBuilder out = new StringBuilder(markup.length());
    @Nullable String until = null;
    for (String line : (Iterable<String>) markup.lines()::iterator) {
      String request = request(line);
      if (until != null) {
        until = line.equals(until) ? null : until;
      } else if (request != null && SKIPPED.contains(request)) {
        until = request.equals("TS") ? ".TE" : request.equals("EQ") ? ".EN" : "..";
      } else {
        append(out, line, request);
      }
    }
    return out.toString().replaceAll("\n{3,}", "\n\n").strip() + "\n";
  }

  private static @Nullable String request(String line) {
    if (line.isEmpty() || (line.charAt(0) != '.' && line.charAt(0) != '\'')) {
      return null;
    }
    String rest = line.substring(1).stripLeading();
    int end = 0;
    while (end < rest.length() && !Character.isWhitespace(rest.charAt(end))) {
      end++;
    }
    return rest.substring(0, end);
  }

  private static void append(StringBuilder out, String line, @Nullable String request) {
    if (request == null) {
      out.append(plain(line)).append('\n');
      return;
    }
    if (request.equals("PP")
        || request.equals("P")
        || request.equals("LP")
        || request.equals("Pp")) {
      out.append('\n');
      return;
    }
    if (!SPEAKS.contains(request)) {
      return;
    }
    boolean heading = request.equalsIgnoreCase("SH") || request.equalsIgnoreCase("SS");
    String said =
        line.substring(line.indexOf(request) + request.length()).strip().replace("\"", "");
    if (!said.isEmpty()) {
      out.append(heading ? "\n" : "").append(plain(said)).append('\n');
    }
  }

  private static String plain(String line) {
    int comment = line.indexOf("\\\"");
    String text = comment >= 0 ? line.substring(0, comment) : line;
    text = FONT.matcher(text).replaceAll("");
    text = SIZE.matcher(text).replaceAll("");
    text = QUOTED.matcher(text).replaceAll("");
    text =
        text.replace("\\-", "-")
            .replace("\\(em", "\u2014")
            .replace("\\(en", "\u2013")
            .replace("\\(lq", "\u201C")
            .replace("\\(rq", "\u201D")
            .replace("\\(aq", "'")
            .replace("\\(dq", "\"")
            .replace("\\(bu", "\u2022")
            .replace("\\e", "\\\u0000")
            .replace("\\&", "")
            .replace("\\|", "")
            .replace("\\^", "")
            .replace("\\/", "")
            .replace("\\,", "")
            .replace("\\ ", " ")
            .replace("\\~", " ")
            .replace("\\:", "")
            .replace("\\%", "")
            .replace("\\c", "");
    text = NAMED.matcher(text).replaceAll("");
    return text.replace("\\\u0000", "\\");
  }
}
