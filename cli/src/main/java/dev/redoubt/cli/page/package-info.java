/** Reports as pages: each one HTML file that asks no host for anything. */
@NullMarked
package dev.redoubt.cli.page;

import org.jspecify.annotations.NullMarked;
