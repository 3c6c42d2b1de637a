package dev.redoubt.node;

import dev.redoubt.store.net.RunToken;
import dev.redoubt.store.net.TlsFiles;
import org.jspecify.annotations.Nullable;

/**
 * By what members of a run know each other.
 *
 * @param token that all of them have, and nobody else
 * @param tls certificates of this one; null in a run without TLS, where the token alone decides
 */
public record Credentials(RunToken token, @Nullable TlsFiles tls) {}
