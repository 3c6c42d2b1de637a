package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A sealed version of a shard.
 *
 * @param version the step that wrote it
 * @param bytes the shard, read-only
 * @param digests as they were when it was sealed; null when digests are off. What the memory holds
 *     now is another question: {@link VersionStore#reread}
 */
public record StoredVersion(long version, MemorySegment bytes, @Nullable BlockDigests digests) {}
