package dev.redoubt.cli.scenario;

import java.util.List;
import java.util.stream.Collectors;

/** A scenario that cannot be used, with everything that is wrong about it. */
public final class ScenarioException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final transient List<Problem> problems;

  /** Of the file of that name. */
  public ScenarioException(String file, List<Problem> problems) {
    super(
        problems.stream()
            .sorted()
            .map(problem -> file + ":" + problem)
            .collect(Collectors.joining("\n")));
    this.file = file;
    this.problems = problems.stream().sorted().toList();
  }

  /** The file as the user named it. */
  public String file() {
    return file;
  }

  /** At least one, in the order of the lines. */
  public List<Problem> problems() {
    return problems;
  }
}
