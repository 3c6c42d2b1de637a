/** Campaigns: many injections, what became of them, and how sure a share of them is. */
@NullMarked
package dev.redoubt.cli.campaign;

import org.jspecify.annotations.NullMarked;
