package dev.redoubt.cli;

import dev.redoubt.cli.run.ClusterEngine;
import java.util.function.Consumer;

/** Real runs that a test looks at while they go: it is told after everybody else. */
final class Watched {

  private Watched() {}

  /** An engine that tells of each committed step. */
  static RunEngine steps(Consumer<RunEngine.Progress> watcher) {
    return engine(watcher, event -> {});
  }

  /** An engine that tells of each event. */
  static RunEngine events(Consumer<RunEngine.Event> watcher) {
    return engine(step -> {}, watcher);
  }

  private static RunEngine engine(
      Consumer<RunEngine.Progress> steps, Consumer<RunEngine.Event> events) {
    return (scenario, directory, observer) ->
        new ClusterEngine()
            .run(
                scenario,
                directory,
                new RunEngine.Observer() {
                  @Override
                  public void step(RunEngine.Progress progress) {
                    observer.step(progress);
                    steps.accept(progress);
                  }

                  @Override
                  public void event(RunEngine.Event event) {
                    observer.event(event);
                    events.accept(event);
                  }
                });
  }
}
