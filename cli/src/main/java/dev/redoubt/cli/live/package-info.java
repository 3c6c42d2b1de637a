/** The live page of a run: what it shows, who may see it, and what may be asked of it. */
@NullMarked
package dev.redoubt.cli.live;

import org.jspecify.annotations.NullMarked;
