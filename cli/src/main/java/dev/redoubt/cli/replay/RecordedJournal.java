package dev.redoubt.cli.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * What the journal of a run says of digests and faults.
 *
 * @param version of Redoubt that wrote it; empty if it does not say so
 * @param commits in the order in which they were made; a step that was given up later and done
 *     again is there twice
 * @param attestations that were in an alarm
 * @param strikes of faults
 */
public record RecordedJournal(
    String version, List<Commit> commits, List<Attestation> attestations, List<Struck> strikes) {

  private static final String NAME = "journal.jsonl";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern VOTE = Pattern.compile("pod(\\d+)/rank(\\d+)=([0-9a-f]{16})");

  /** Keeps copies. */
  public RecordedJournal {
    commits = List.copyOf(commits);
    attestations = List.copyOf(attestations);
    strikes = List.copyOf(strikes);
  }

  /**
   * An agreed version.
   *
   * @param line of the journal, from 1
   * @param digests by shard; empty if they were not compared
   */
  public record Commit(int line, int step, List<String> digests) {

    /** Keeps a copy. */
    public Commit {
      digests = List.copyOf(digests);
    }
  }

  /** What one worker said of its state when the copies differed. */
  public record Attestation(int line, int step, int pod, int rank, String digest) {

    /** Such as {@code pod1/rank0}. */
    public String who() {
      return "pod" + pod + "/rank" + rank;
    }
  }

  /**
   * A fault that struck.
   *
   * @param fault its id
   * @param pods that were live, in ascending order
   */
  public record Struck(int line, int step, String fault, String evidence, List<Integer> pods) {

    /** Keeps a copy. */
    public Struck {
      pods = List.copyOf(pods);
    }
  }

  /** The journal is not there, or a line of it cannot be understood. */
  public static final class UnreadableException extends Exception {

    private static final long serialVersionUID = 1;

    UnreadableException(String message) {
      super(message);
    }
  }

  /**
   * Reads it.
   *
   * @param directory of the run
   * @throws UnreadableException that says which line is wrong
   */
  public static RecordedJournal read(Path directory) throws UnreadableException, IOException {
    Path file = directory.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      throw new UnreadableException(
          directory + " has no " + NAME + ": expected the directory of a run");
    }
    Reader reader = new Reader();
    List<String> lines = Files.readAllLines(file);
    for (int at = 0; at < lines.size(); at++) {
      reader.take(at + 1, parse(file, at + 1, lines.get(at)));
    }
    return new RecordedJournal(reader.version, reader.commits, reader.attestations, reader.strikes);
  }

  private static JsonNode parse(Path file, int line, String text) throws UnreadableException {
    try {
      JsonNode node = JSON.readTree(text);
      if (node.isObject()) {
        return node;
      }
      throw new UnreadableException("%s, line %d: expected a JSON object".formatted(file, line));
    } catch (JsonProcessingException e) {
      throw new UnreadableException(
          "%s, line %d is no JSON: %s".formatted(file, line, e.getOriginalMessage()));
    }
  }

  /** Goes through the lines; who holds a rank is told by the last epoch that was opened. */
  private static final class Reader {

    private final List<Commit> commits = new ArrayList<>();
    private final List<Attestation> attestations = new ArrayList<>();
    private final List<Struck> strikes = new ArrayList<>();
    private String version = "";
    private List<Integer> pods = List.of();

    void take(int line, JsonNode node) {
      int step = node.path("step").asInt(-1);
      switch (node.path("event").asText()) {
        case "run-started" -> version = node.path("redoubt").asText("");
        case "epoch-opened" -> pods = pods(texts(node.path("seats")));
        case "step-committed" -> commits.add(new Commit(line, step, texts(node.path("digests"))));
        case "detected" -> alarm(line, step, node);
        case "fault-struck" ->
            strikes.add(
                new Struck(
                    line, step, node.path("fault").asText(), node.path("evidence").asText(), pods));
        default -> {}
      }
    }

    private void alarm(int line, int step, JsonNode node) {
      if (node.path("detector").asText().equals("state-digest")) {
        Matcher vote = VOTE.matcher(node.path("cause").asText());
        while (vote.find()) {
          attestations.add(
              new Attestation(
                  line,
                  step,
                  Integer.parseInt(vote.group(1)),
                  Integer.parseInt(vote.group(2)),
                  vote.group(3)));
        }
      }
    }

    private static List<Integer> pods(List<String> seats) {
      Set<Integer> pods = new LinkedHashSet<>();
      for (String seat : seats) {
        int slash = seat.indexOf('/');
        if (seat.startsWith("pod") && slash > 0) {
          pods.add(Integer.parseInt(seat.substring("pod".length(), slash)));
        }
      }
      return pods.stream().sorted().toList();
    }

    private static List<String> texts(JsonNode array) {
      return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
    }
  }
}
