package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.page.Timeline.Kind;
import dev.redoubt.cli.page.Timeline.Lane;
import dev.redoubt.cli.page.Timeline.Mark;
import dev.redoubt.cli.page.Timeline.State;
import dev.redoubt.cli.page.Timeline.Stretch;
import java.util.List;

/**
 * A lane for each machine. Places are shares of the width, so that a lane fits every screen and its
 * text keeps its size. The same is below as a table, for who cannot see lanes.
 */
final class LaneSection {

  private static final int TICKS = 5;

  /** A narrower stretch has no room for the name of its rank. */
  private static final double NAMED_SHARE_MIN = 0.16;

  private final Timeline timeline;
  private final Html html;

  LaneSection(Timeline timeline, Html html) {
    this.timeline = timeline;
    this.html = html;
  }

  void write() {
    if (timeline.lanes().isEmpty()) {
      html.leaf("p", "No step was planned, or there is no journal: nothing is known of machines.");
      return;
    }
    html.leaf(
        "p",
        "Seconds from the first planned step on. What a machine was, and what struck it or was said"
            + " of it: point at a mark or a stretch, or open the table.");
    html.open("figure", "class", "lanes").newLine();
    timeline.lanes().forEach(this::lane);
    axis();
    legend();
    html.closeLine();
    html.open("details").leaf("summary", "The lanes as a table").newLine();
    table();
    html.closeLine();
  }

  private void lane(Lane lane) {
    html.open("div", "class", "lane").leaf("span", lane.node(), "class", "node");
    html.open("svg", "role", "img", "height", "30", "aria-label", spoken(lane));
    lane.stretches().forEach(this::stretch);
    lane.marks().forEach(this::mark);
    html.close().closeLine();
  }

  private String spoken(Lane lane) {
    StringBuilder text = new StringBuilder(lane.node()).append(":");
    for (Stretch stretch : lane.stretches()) {
      text.append(' ').append(words(stretch)).append(" from ");
      text.append(Figures.decimals(1, stretch.from())).append(" to ");
      text.append(Figures.decimals(1, stretch.to())).append(" s;");
    }
    return text.toString();
  }

  private static String words(Stretch stretch) {
    String words = stretch.rank().isEmpty() ? stretch.state().meaning() : "holds " + stretch.rank();
    return stretch.name().contains("~") ? words + " as " + stretch.name() : words;
  }

  private String place(double seconds) {
    return Figures.place(timeline.seconds() <= 0 ? 0 : seconds / timeline.seconds());
  }

  private void stretch(Stretch stretch) {
    String width = place(stretch.seconds());
    html.open("svg", "x", place(stretch.from()), "width", width, "height", "30");
    html.open("rect", "width", "100%", "height", "22", "y", "8", "class", style(stretch.state()));
    String title = "%s, %.1f to %.1f s".formatted(words(stretch), stretch.from(), stretch.to());
    html.leaf("title", title).close();
    String name = stretch.state() == State.ACTING ? "acts" : stretch.rank();
    if (!name.isEmpty() && stretch.seconds() >= timeline.seconds() * NAMED_SHARE_MIN) {
      html.leaf("text", name, "x", "6", "y", "23");
    }
    html.close();
  }

  private static String style(State state) {
    return switch (state) {
      case TRAINING, ACTING -> Patterns.USEFUL.style();
      case SPARE -> Patterns.STANDBY.style();
      case GONE -> Patterns.GONE.style();
      case EVICTED -> Patterns.STALLED.style();
      case DRAINED -> Patterns.STARTUP.style();
    };
  }

  /** A sign above the lane, and a line down through it. */
  private void mark(Mark mark) {
    html.open("svg", "x", place(mark.at()), "class", "mark", "height", "30", "width", "1");
    html.open("path", "d", "M0 6V30", "class", "stem").close();
    sign(mark.kind());
    html.leaf("title", "%.1f s, %s: %s".formatted(mark.at(), mark.kind().meaning(), mark.text()));
    html.close();
  }

  /** The shapes differ, not only their colours. */
  private void sign(Kind kind) {
    String path =
        switch (kind) {
          case STRUCK -> "M-6 0H6L0 10Z";
          case ALARM -> "M0 0L5 5L0 10L-5 5Z";
          case BLAMED -> "M-4 1H4V9H-4Z";
          case LOST -> "M-5 0L0 4L5 0L5 3L2 5.5L5 8V10L0 7L-5 10V8L-2 5.5L-5 3Z";
          case EVICTED -> "M0 0L6 10H-6Z";
        };
    html.open("path", "d", path, "class", "sign-" + kind.word()).close();
  }

  private void axis() {
    html.open("div", "class", "lane axis", "aria-hidden", "true").leaf("span", "", "class", "node");
    html.open("svg", "height", "20");
    double every = round(timeline.seconds() / TICKS);
    for (int tick = 0; tick * every <= timeline.seconds(); tick++) {
      double seconds = tick * every;
      double share = seconds / timeline.seconds();
      String anchor = share < 0.03 ? "start" : share > 0.97 ? "end" : "middle";
      html.open("svg", "x", place(seconds), "class", "mark", "width", "1", "height", "20");
      html.open("path", "d", "M0 0V4", "class", "stem").close();
      String text = Figures.decimals(every < 1 ? 1 : 0, seconds) + (tick == 0 ? " s" : "");
      html.leaf("text", text, "y", "16", "text-anchor", anchor, "class", "tick");
      html.close();
    }
    html.close().closeLine();
  }

  /** The next of 0.1, 0.2, 0.5, 1, 2, 5 and so on. */
  static double round(double seconds) {
    double ten = 0.1;
    while (true) {
      for (int factor : new int[] {1, 2, 5}) {
        if (ten * factor >= seconds) {
          return ten * factor;
        }
      }
      ten *= 10;
    }
  }

  private void legend() {
    html.open("figcaption", "class", "legend");
    List.of(State.values()).stream()
        .filter(state -> timeline.lanes().stream().anyMatch(lane -> has(lane, state)))
        .forEach(
            state -> {
              html.open("span", "class", "key").open("svg", "width", "18", "height", "12");
              html.open("rect", "width", "18", "height", "12", "class", style(state)).close();
              html.close().text(" " + state.meaning()).close();
            });
    List.of(Kind.values()).stream()
        .filter(kind -> timeline.lanes().stream().anyMatch(lane -> has(lane, kind)))
        .forEach(
            kind -> {
              html.open("span", "class", "key").open("svg", "width", "14", "height", "12");
              html.open("svg", "x", "7", "y", "1", "class", "mark");
              sign(kind);
              html.close().close().text(" " + kind.meaning()).close();
            });
    html.closeLine();
  }

  private static boolean has(Lane lane, State state) {
    return lane.stretches().stream().anyMatch(stretch -> stretch.state() == state);
  }

  private static boolean has(Lane lane, Kind kind) {
    return lane.marks().stream().anyMatch(mark -> mark.kind() == kind);
  }

  private void table() {
    Tables table =
        Tables.begin(
            html, "What each machine was, and when", List.of("Machine", "From", "To", "It"));
    for (Lane lane : timeline.lanes()) {
      for (Stretch stretch : lane.stretches()) {
        table.row(
            Cell.text(lane.node()),
            Cell.number(Figures.seconds(stretch.from())),
            Cell.number(Figures.seconds(stretch.to())),
            Cell.text(words(stretch)));
      }
      for (Mark mark : lane.marks()) {
        table.row(
            Cell.text(lane.node()),
            Cell.number(Figures.seconds(mark.at())),
            Cell.number("-"),
            Cell.prose(mark.kind().meaning() + ": " + mark.text()));
      }
    }
    table.end();
  }
}
