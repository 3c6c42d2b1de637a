package dev.redoubt.cli;

import dev.redoubt.cli.live.LivePage;
import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.scenario.Scenario;
import java.nio.file.Path;
import java.util.Optional;

/** A real run with a live page, and somebody who has a hand in it. */
record HandEngine(Hand hand) implements RunEngine {

  /** What somebody does. The run waits for it. */
  interface Hand {

    /** The page is there, and nothing has begun. */
    default void opened(LivePage page) {}

    /** A step was committed. */
    void at(int step, LivePage page);
  }

  @Override
  public RunOutcome run(Scenario scenario, Path directory, Observer observer)
      throws EnvironmentException {
    LivePage page = observer.live().orElseThrow();
    hand.opened(page);
    return new ClusterEngine().run(scenario, directory, new Watched(observer, page, hand));
  }

  private record Watched(Observer all, LivePage page, Hand hand) implements Observer {
    @Override
    public void step(Progress progress) {
      all.step(progress);
      hand.at(progress.step(), page);
    }

    @Override
    public void event(Event event) {
      all.event(event);
    }

    @Override
    public Optional<LivePage> live() {
      return all.live();
    }
  }
}
