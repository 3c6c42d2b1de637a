/**
 * JMH benchmarks of what Redoubt has of its own: kernels, digests, parity, the store's doors. Each
 * class has what it is held against beside it, so that one run gives the ratio.
 */
@NullMarked
package dev.redoubt.benchmarks;

import org.jspecify.annotations.NullMarked;
