package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A line of a transcript: a name, words, and {@code key=value} pairs. */
record Command(String name, List<String> words, Map<String, String> values) {

  static Command parse(String line) {
    List<String> words = new ArrayList<>();
    Map<String, String> values = new HashMap<>();
    for (String part : line.trim().split(" +", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        words.add(part);
      } else {
        values.put(part.substring(0, equals), part.substring(equals + 1));
      }
    }
    return new Command(words.removeFirst(), words, values);
  }

  @Nullable String find(String key) {
    return values.get(key);
  }

  String text(String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key + "= in " + this);
    }
    return value;
  }

  long number(String key, long otherwise) {
    return Long.parseLong(values.getOrDefault(key, Long.toString(otherwise)));
  }

  long number(String key) {
    return Long.parseLong(text(key));
  }

  @Nullable Digest digest(String key) {
    String hex = values.get(key);
    return hex == null || hex.equals("none") ? null : hex(hex);
  }

  static Digest hex(String hex) {
    return new Digest(Long.parseUnsignedLong(hex, 16));
  }

  /** {@code values=1,2,3}. */
  List<Long> longs() {
    String list = values.get("values");
    return list == null
        ? List.of()
        : Arrays.stream(list.split(",", -1)).map(Long::valueOf).toList();
  }

  /** Chains, unless a microbatch is given. */
  Message.Question question() {
    return new Message.Question(
        (int) number("microbatch", -1), (int) number("place", -1), (int) number("row", -1));
  }

  WorkerId worker(String key) {
    return new WorkerId(text(key));
  }

  Span span() {
    String[] ends = text("span").split("-", 2);
    return new Span(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
  }

  /** The first word as a list of workers. */
  List<WorkerId> workers() {
    return workersOf(words.getFirst());
  }

  List<WorkerId> workers(String key) {
    return workersOf(text(key));
  }

  private static List<WorkerId> workersOf(String list) {
    return Arrays.stream(list.split(",", -1)).map(WorkerId::new).toList();
  }

  /** Versions and what they were read as: {@code scrubbed=1:a1,2:a2}. */
  List<Message.StoredDigest> scrubbed() {
    String list = values.get("scrubbed");
    if (list == null) {
      return List.of();
    }
    return Arrays.stream(list.split(",", -1))
        .map(pair -> pair.split(":", 2))
        .map(pair -> new Message.StoredDigest(Long.parseLong(pair[0]), hex(pair[1])))
        .toList();
  }

  /** Spans and the digests of their sums: {@code gradients=0-2:d0,2-3:d1}. */
  List<Message.GradientDigest> gradients() {
    String list = values.get("gradients");
    if (list == null) {
      return List.of();
    }
    return Arrays.stream(list.split(",", -1))
        .map(pair -> pair.split("[-:]", 3))
        .map(
            part ->
                new Message.GradientDigest(
                    new Span(Integer.parseInt(part[0]), Integer.parseInt(part[1])), hex(part[2])))
        .toList();
  }

  ProtocolConfig config() {
    int pods = (int) number("pods", 3);
    ProtocolConfig.Timeouts timeouts = new ProtocolConfig.Timeouts(60_000, 4_000, 4_000, 300);
    return new ProtocolConfig(
        new Mesh(pods, (int) number("workersPerPod", 1), (int) number("spares", 0)),
        (int) number("steps", 9),
        (int) number("microbatches", 6),
        (int) number("keepVersions", 3),
        (int) number("stateDigestEvery", 1),
        (int) number("scrubEvery", 0),
        true,
        number("overlap", 0) == 1,
        (int) number("strikesToEvict", 2),
        (int) number("redosMax", 2),
        number("deadlines", 1) == 1 ? timeouts : timeouts.withoutDeadlines(),
        values.containsKey("incarnation")
            ? ProtocolConfig.Succession.MAJORITY_OF_LIVING
            : ProtocolConfig.Succession.NONE,
        number("first", 0),
        new Audits(number("auditPercent", 0) / 100.0, 7, (int) number("lagSteps", 0)),
        patience(),
        number("membership", 1) == 1,
        number("diagnosis", 0) == 1,
        new Disk((int) number("diskEvery", 0), number("baseline", 0) == 1),
        buddies());
  }

  /**
   * {@code wards=1,0}: of two ranks the first has a guest of the second, and it of the first.
   * {@code wards=sums}: each has the sum of stripes of all others.
   */
  private Buddies buddies() {
    String text = values.get("wards");
    if ("sums".equals(text)) {
      return Buddies.sums((int) number("workersPerPod", 1));
    }
    return text == null
        ? Buddies.NONE
        : new Buddies(
            Arrays.stream(text.split(",", -1)).map(Integer::valueOf).map(List::of).toList());
  }

  /**
   * Shard, version and what it was read as, or what is wrong: {@code guests=1:2:a2,1:3:none}. Of a
   * sum also what it was when it was made, and of what: {@code guests=0:2:c2:c2:a2+b2}.
   */
  List<Message.Guest> guests() {
    String list = values.get("guests");
    return list == null
        ? List.of()
        : Arrays.stream(list.split(",", -1))
            .map(guest -> guest.split(":", 5))
            .map(
                part ->
                    part[2].equals("none")
                        ? guest(part, null, Message.PullFlaw.DONOR_CORRUPT)
                        : guest(part, hex(part[2]), null))
            .toList();
  }

  /** Digests of a version, of one shard after the other: {@code agreed=a0,a1}. */
  List<Memory.Agreed> agreed(long version) {
    String list = values.get("agreed");
    List<Memory.Agreed> agreed = new ArrayList<>();
    if (list != null) {
      for (String digest : list.split(",", -1)) {
        agreed.add(new Memory.Agreed(version, agreed.size(), hex(digest)));
      }
    }
    return agreed;
  }

  private static Message.Guest guest(
      String[] part, @Nullable Digest digest, Message.@Nullable PullFlaw flaw) {
    return new Message.Guest(
        Integer.parseInt(part[0]),
        Long.parseLong(part[1]),
        digest,
        flaw,
        part.length < 5 ? null : sum(part[3], part[4]));
  }

  private static Message.Sum sum(String made, String terms) {
    List<Digest> origin = Arrays.stream(terms.split("\\+", -1)).map(Command::hex).toList();
    return new Message.Sum(hex(made), Buddies.origin(origin));
  }

  /** {@code patience=3-100-2}: three times the usual, 100 ms at least, evicted at the second. */
  private Patience patience() {
    String text = values.get("patience");
    if (text == null) {
      return Patience.UNLIMITED;
    }
    String[] parts = text.split("-", 3);
    return new Patience(
        Double.parseDouble(parts[0]), Long.parseLong(parts[1]), Integer.parseInt(parts[2]));
  }
}
