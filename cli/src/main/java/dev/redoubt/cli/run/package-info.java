/** Runs a scenario on a cluster and measures what happens. */
@NullMarked
package dev.redoubt.cli.run;

import org.jspecify.annotations.NullMarked;
