package dev.redoubt.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a scenario before the test and injects its {@link Report} as a parameter. On a class, all
 * its tests share one run.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RedoubtExtension.class)
public @interface RedoubtScenario {

  /** The scenario file, from the working directory. */
  String value();

  /** In place of the scenario's own mode; empty for that. */
  String mode() default "";

  /** In place of the scenario's own seed; negative for that. */
  long seed() default -1;
}
