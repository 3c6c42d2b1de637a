/** Metrics: what there is to measure in one table, its registry, and where it is scraped. */
@NullMarked
package dev.redoubt.cli.metrics;

import org.jspecify.annotations.NullMarked;
