package dev.redoubt.testkit;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Resolves parameters of the type {@link Report} by the run of a {@link RedoubtScenario}. */
public final class RedoubtExtension implements ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(RedoubtExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType().equals(Report.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    RedoubtScenario own = annotation(context).orElse(null);
    ExtensionContext owner = own == null ? context.getParent().orElse(context) : context;
    RedoubtScenario scenario = own != null ? own : annotation(owner).orElse(null);
    if (scenario == null) {
      throw new ParameterResolutionException(
          "a Report is the result of a @RedoubtScenario, and there is none on the test or its class");
    }
    return owner
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(scenario.value(), path -> run(scenario), Report.class);
  }

  private static Optional<RedoubtScenario> annotation(ExtensionContext context) {
    return context
        .getElement()
        .flatMap(element -> AnnotationSupport.findAnnotation(element, RedoubtScenario.class));
  }

  private static Report run(RedoubtScenario scenario) {
    ScenarioRun run = ScenarioRun.of(Path.of(scenario.value()));
    if (!scenario.mode().isEmpty()) {
      run.inMode(scenario.mode());
    }
    if (scenario.seed() >= 0) {
      run.withSeed(scenario.seed());
    }
    try {
      return run.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParameterResolutionException("interrupted during a run", e);
    }
  }
}
