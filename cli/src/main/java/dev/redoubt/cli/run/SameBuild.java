package dev.redoubt.cli.run;

import dev.redoubt.cli.Main;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/** Whether an image holds the build that runs here: members of two builds would prove nothing. */
final class SameBuild {

  /** Where the image has them. */
  static final String FOLDER = "/opt/redoubt/lib";

  private static final String JAR = ".jar";

  private SameBuild() {}

  /**
   * Compares each jar of Redoubt that both have, by its bytes; the one with {@link Main} both must
   * have. What runs here from folders of classes, as tests of an editor do, cannot be compared.
   *
   * @throws IOException if they differ
   */
  static void check(Container container) throws IOException {
    Path main = Path.of(URI.create(source(Main.class)));
    if (Files.isDirectory(main)) {
      return;
    }
    Map<String, String> there = there(container);
    for (Path jar : jars()) {
      String sum = there.get(String.valueOf(jar.getFileName()));
      boolean isMissed = sum == null && Files.isSameFile(jar, main);
      if (isMissed || (sum != null && isOurs(jar) && !sum.equals(sha256(jar)))) {
        throw new IOException(
            "the image holds another build of Redoubt than this one (%s differs): build it again"
                .formatted(jar.getFileName()));
      }
    }
  }

  private static String source(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation().toString();
  }

  private static List<Path> jars() {
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(System.getProperty("java.class.path"))
        .filter(entry -> entry.endsWith(JAR))
        .map(Path::of)
        .toList();
  }

  private static boolean isOurs(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().anyMatch(entry -> entry.getName().startsWith("dev/redoubt/"));
    }
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
