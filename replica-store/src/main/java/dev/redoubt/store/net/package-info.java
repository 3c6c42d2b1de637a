/** The fabric between processes: Netty over TCP, with TLS by choice. */
@NullMarked
package dev.redoubt.store.net;

import org.jspecify.annotations.NullMarked;
