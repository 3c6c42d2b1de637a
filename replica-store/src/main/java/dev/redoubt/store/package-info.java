/** Versions of a shard off-heap, and the fabric that moves tensor bytes between workers. */
@NullMarked
package dev.redoubt.store;

import org.jspecify.annotations.NullMarked;
