/**
 * The Akka Cluster shell: it runs the effects of the core's two machines on real memory, threads
 * and connections, and is the only place that knows Akka.
 */
@NullMarked
package dev.redoubt.node;

import org.jspecify.annotations.NullMarked;
