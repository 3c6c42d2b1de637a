import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;

/**
 * Writes the example of interleaved data: three documents in which a word can only be known by who
 * looks at the picture, listens to the sound or watches the video before it.
 *
 * <p>Run: {@code java examples/MakeInterleaved.java examples/interleaved}
 */
public final class MakeInterleaved {

  private static final int LINES = 60;
  private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow");
  private static final int[] VALUES = {0xE02020, 0x20C040, 0x2040E0, 0xF0E020};
  private static final List<String> TONES = List.of("low", "middle", "high");
  private static final int[] HERTZ = {250, 750, 2000};
  private static final int RATE = 8000;
  private static final int SAMPLES = 160;
  private static final List<String> WAYS = List.of("left", "right", "up", "down");
  private static final int FRAMES = 3;

  private MakeInterleaved() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Path media = Files.createDirectories(folder.resolve("media"));
    for (int i = 0; i < COLOURS.size(); i++) {
      int colour = VALUES[i];
      picture(media.resolve(COLOURS.get(i) + ".png"), 12, 8, (x, y) -> colour);
    }
    for (int i = 0; i < TONES.size(); i++) {
      tone(media.resolve(TONES.get(i) + ".wav"), HERTZ[i]);
    }
    for (int i = 0; i < WAYS.size(); i++) {
      video(Files.createDirectories(media.resolve(WAYS.get(i))), i);
    }
    document(folder.resolve("colours.md"), COLOURS, "Look:", "a square", ".png", "It is %s.");
    document(folder.resolve("tones.md"), TONES, "Hear:", "a tone", ".wav", "It is %s.");
    document(folder.resolve("ways.md"), WAYS, "Watch:", "a dot", "/", "It goes %s.");
  }

  private static void picture(Path file, int width, int height, IntBinaryOperator colour)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, colour.applyAsInt(x, y));
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }

  /** A dot that crosses the frame; 12 frames a second. */
  private static void video(Path folder, int way) throws IOException {
    for (int frame = 0; frame < FRAMES; frame++) {
      int along = way % 2 == 0 ? 6 - 3 * frame : 3 * frame;
      int left = way < 2 ? along : 3;
      int top = way < 2 ? 3 : along;
      picture(
          folder.resolve("frame-%04d.png".formatted(frame + 1)),
          8,
          8,
          (x, y) -> x / 2 == left / 2 && y / 2 == top / 2 ? 0xFFFFFF : 0x000000);
    }
    Files.writeString(folder.resolve("fps"), "12\n");
  }

  private static void tone(Path file, int hertz) throws IOException {
    ByteBuffer wav = ByteBuffer.allocate(44 + SAMPLES * 2).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(wav.capacity() - 8);
    wav.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    wav.putShort((short) 1).putShort((short) 1).putInt(RATE).putInt(RATE * 2);
    wav.putShort((short) 2).putShort((short) 16);
    wav.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(SAMPLES * 2);
    for (int i = 0; i < SAMPLES; i++) {
      wav.putShort((short) (20_000 * StrictMath.sin(2 * StrictMath.PI * hertz * i / RATE)));
    }
    Files.write(file, wav.array());
  }

  private static void document(
      Path file, List<String> words, String call, String alt, String ending, String answer)
      throws IOException {
    Random random = new Random(words.size() * 31L + ending.length());
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < LINES; line++) {
      String word = words.get(random.nextInt(words.size()));
      text.append("%s ![%s](media/%s%s) %s\n".formatted(call, alt, word, ending, answer.formatted(word)));
    }
    Files.writeString(file, text);
  }
}
