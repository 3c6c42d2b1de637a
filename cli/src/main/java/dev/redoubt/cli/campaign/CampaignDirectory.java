package dev.redoubt.cli.campaign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The folder of a campaign: {@code rows.csv} and {@code clean.csv}, which grow; {@code
 * campaign.json} and a CSV file for each table, which are written when it begins and when it ends;
 * {@code campaign.yaml}, the file it was; {@code times.jsonl}, a line for each time that it ran,
 * with everything that is not the same twice.
 */
public record CampaignDirectory(Path path) {
  private static final String REPORT = "campaign.json";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final JsonMapper PRETTY =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  Path file(String name) {
    return path.resolve(name);
  }

  /** What a directory was begun with. */
  private record Begun(CampaignIdentity campaign) {}

  /**
   * Begins in an empty directory.
   *
   * @throws IOException if it cannot be written
   */
  void begin(CampaignIdentity identity, String text) throws IOException {
    Files.writeString(file("campaign.yaml"), text);
    replace(REPORT, PRETTY.writeValueAsString(new Begun(identity)) + "\n");
  }

  /**
   * Makes sure that the rows that are there are those of this campaign.
   *
   * @throws ResumeException if they are not
   * @throws IOException if it cannot be read
   */
  void resume(CampaignIdentity identity) throws IOException, ResumeException {
    CampaignIdentity known;
    try {
      known =
          JSON.treeToValue(
              JSON.readTree(Files.readString(file(REPORT))).path("campaign"),
              CampaignIdentity.class);
    } catch (NoSuchFileException e) {
      throw new ResumeException("it has no " + REPORT);
    } catch (JsonProcessingException e) {
      throw new ResumeException("its " + REPORT + " cannot be read: " + e.getOriginalMessage());
    }
    if (known == null) {
      throw new ResumeException("its " + REPORT + " does not say of which campaign it is");
    }
    Optional<String> stranger = identity.strangerThan(known);
    if (stranger.isPresent()) {
      throw new ResumeException(stranger.get());
    }
  }

  /**
   * Writes the report and its tables.
   *
   * @throws IOException if it cannot be written
   */
  void write(CampaignReport report, List<Table> tables) throws IOException {
    for (Table table : tables) {
      replace(table.name() + ".csv", table.csv());
    }
    replace(REPORT, json(report));
  }

  /** The text of {@code campaign.json}, with a newline at its end. */
  static String json(CampaignReport report) throws IOException {
    return PRETTY.writeValueAsString(report) + "\n";
  }

  /**
   * Adds what was measured this time.
   *
   * @throws IOException if it cannot be written
   */
  void times(Map<String, Object> measured) throws IOException {
    Files.writeString(
        file("times.jsonl"),
        JSON.writeValueAsString(measured) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** There is always a whole file. */
  private void replace(String name, String text) throws IOException {
    Path fresh = file("." + name);
    Files.writeString(fresh, text);
    Files.move(
        fresh, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
