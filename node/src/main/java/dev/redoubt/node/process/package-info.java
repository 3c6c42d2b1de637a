/** Mode {@code processes}: one JVM for each member, and the supervisor that forks them. */
@NullMarked
package dev.redoubt.node.process;

import org.jspecify.annotations.NullMarked;
