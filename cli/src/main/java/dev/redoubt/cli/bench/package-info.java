/** Benchmarks: two things measured side by side in one run, and what comes of the ratio. */
@NullMarked
package dev.redoubt.cli.bench;

import org.jspecify.annotations.NullMarked;
