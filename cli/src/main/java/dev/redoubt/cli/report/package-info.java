/** What a run leaves behind: the verdict, the summaries, the journal. */
@NullMarked
package dev.redoubt.cli.report;

import org.jspecify.annotations.NullMarked;
