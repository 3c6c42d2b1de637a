/** Replaying a run that is over: whether its digests come again, and why an alarm was raised. */
@NullMarked
package dev.redoubt.cli.replay;

import org.jspecify.annotations.NullMarked;
