/** Scenario files: reading, checking with lines, writing back. */
@NullMarked
package dev.redoubt.cli.scenario;

import org.jspecify.annotations.NullMarked;
