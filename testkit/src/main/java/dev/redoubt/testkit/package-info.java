/**
 * For chaos tests of other projects: run a scenario from a test, and assert on what came out.
 *
 * <p>{@link dev.redoubt.testkit.RedoubtScenario} runs one and injects its report, {@link
 * dev.redoubt.testkit.RedoubtAssertions} asserts on it, {@link dev.redoubt.testkit.RedoubtCluster}
 * is a set of machines in containers that a test breaks by hand.
 */
@NullMarked
package dev.redoubt.testkit;

import org.jspecify.annotations.NullMarked;
