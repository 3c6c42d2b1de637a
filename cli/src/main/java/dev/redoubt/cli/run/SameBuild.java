package dev.redoubt.cli.run;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Whether an image holds the build that runs here: members of two builds would prove nothing. */
final class SameBuild {

  /** Where the image has them. */
  static final String FOLDER = "/opt/redoubt/lib";

  private static final String JAR = ".jar";

  private SameBuild() {}

  /**
   * Compares every jar of the image with the one of this name here. What runs here from folders of
   * classes cannot be compared.
   *
   * @throws IOException if they differ
   */
  static void check(Container container) throws IOException {
    Map<String, Path> here = here();
    for (Map.Entry<String, String> there : there(container).entrySet()) {
      Path jar = here.get(there.getKey());
      if (!here.isEmpty() && (jar == null || !there.getValue().equals(sha256(jar)))) {
        throw new IOException(
            "the image holds another build of Redoubt than this one (%s differs): build it again"
                .formatted(there.getKey()));
      }
    }
  }

  private static Map<String, Path> here() {
    Map<String, Path> jars = new TreeMap<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        return Map.of();
      }
      jars.put(String.valueOf(path.getFileName()), path);
    }
    return jars;
  }

  private static Map<String, String> there(Container container) throws IOException {
    Map<String, String> sums = new TreeMap<>();
    String said = container.run("sh", "-c", "cd " + FOLDER + " && sha256sum *" + JAR);
    Arrays.stream(said.split("\n", -1))
        .map(line -> line.split(" +", 2))
        .filter(fields -> fields.length == 2)
        .forEach(fields -> sums.put(fields[1], fields[0]));
    return sums;
  }

  private static String sha256(Path jar) throws IOException {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
      return HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
