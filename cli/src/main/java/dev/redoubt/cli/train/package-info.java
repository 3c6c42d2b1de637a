/** Trains a model without a cluster, and writes it down in four bits. */
@NullMarked
package dev.redoubt.cli.train;

import org.jspecify.annotations.NullMarked;
