package dev.redoubt.cli.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.ScriptTimeoutException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A real browser, the machine's own: Debian's packages chromium and chromium-driver. Without them
 * its tests are skipped, but not where CI says that everything is there.
 */
public final class Chromium implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final String AWAIT =
      """
      const done = arguments[arguments.length - 1];
      const holds = () => Boolean(EXPRESSION);
      if (holds()) {
        done();
      } else {
        const observer = new MutationObserver(() => {
          if (holds()) {
            observer.disconnect();
            done();
          }
        });
        observer.observe(document,
          {subtree: true, childList: true, attributes: true, characterData: true});
      }
      """;

  private final ChromeDriver driver;

  private Chromium(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Skips the test if there is none. */
  public static void isNeeded() {
    boolean there = program("chromium").isPresent() && program("chromedriver").isPresent();
    if (System.getenv("REDOUBT_CI") != null) {
      assertThat(there).as("chromium and chromedriver").isTrue();
    }
    assumeTrue(there, "there is no chromium or no chromedriver: apt install chromium-driver");
  }

  /** Starts it, with all that it fetches and says being written down. */
  public static Chromium start() {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(program("chromium").orElseThrow().toFile());
    options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars");
    options.addArguments("--disable-dev-shm-usage", "--no-first-run");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(program("chromedriver").orElseThrow().toFile())
            .usingAnyFreePort()
            .build();
    ChromeDriver driver = new ChromeDriver(service, options);
    driver.manage().timeouts().scriptTimeout(PATIENCE);
    return new Chromium(driver);
  }

  private static Optional<Path> program(String name) {
    return Arrays.stream(Objects.requireNonNullElse(System.getenv("PATH"), "").split(":", -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * A screen of this width in CSS pixels, and what the user prefers: {@code light}, {@code dark}.
   */
  public Chromium screen(int width, String scheme) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "media",
            "",
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    return this;
  }

  /** Opens a file; what was said and fetched before is forgotten. */
  public Chromium open(Path file) {
    return open(file.toUri());
  }

  /** Opens what is at an address; what was said and fetched before is forgotten. */
  public Chromium open(URI address) {
    driver.get("about:blank");
    console();
    requests();
    driver.get(address.toString());
    return this;
  }

  /** What the console has said since, errors and refusals of the policy included. */
  public List<String> console() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  /** The addresses that were asked since, the page's own first. */
  public List<String> requests() {
    List<String> requests = new ArrayList<>();
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE).getAll()) {
      try {
        JsonNode message = JSON.readTree(entry.getMessage()).path("message");
        String url = message.path("params").path("request").path("url").asText();
        if (message.path("method").asText().equals("Network.requestWillBeSent")
            && !url.equals("about:blank")) {
          requests.add(url);
        }
      } catch (IOException e) {
        throw new AssertionError("chromedriver logs JSON", e);
      }
    }
    return requests;
  }

  /** What a function's body returns. */
  public Object run(String script, Object... arguments) {
    return Objects.requireNonNull(driver.executeScript(script, arguments), script);
  }

  /**
   * Waits until an expression of the page is true. It is looked at anew whenever the document
   * changes, and at no other time.
   */
  public void await(String expression) {
    try {
      driver.executeAsyncScript(AWAIT.replace("EXPRESSION", expression));
    } catch (ScriptTimeoutException e) {
      Object text = run("return document.body.innerText;");
      throw new AssertionError("the page never came to " + expression + ", but to\n" + text, e);
    }
  }

  /** Clicks with the mouse on the middle of an element, which must not be covered. */
  public void click(String selector) {
    driver.findElement(By.cssSelector(selector)).click();
  }

  /** Replaces what a field holds, by the keyboard. */
  public void type(String selector, String text) {
    driver.findElement(By.cssSelector(selector)).sendKeys(Keys.chord(Keys.CONTROL, "a"), text);
  }

  /** Presses a key, such as {@link org.openqa.selenium.Keys#TAB}, wherever the focus is. */
  public void press(CharSequence key) {
    driver.switchTo().activeElement().sendKeys(key);
  }

  /** The whole page, at the width of the screen, as a picture. */
  public Path shoot(Path file) throws IOException {
    Object height = run("return document.documentElement.scrollHeight;");
    Object width = run("return innerWidth;");
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    Files.createDirectories(file.toAbsolutePath().getParent());
    return Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
