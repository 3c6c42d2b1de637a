/**
 * Where the copies of the model state are, what they cost, what they survive, and how a lost shard
 * comes back: libraries with no cluster in them.
 */
@NullMarked
package dev.redoubt.redundancy;

import org.jspecify.annotations.NullMarked;
