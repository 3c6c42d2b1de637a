package dev.redoubt.store.net;

import java.nio.file.Path;

/**
 * Where a node's certificates are, in PEM.
 *
 * @param ca certificate of the cluster's authority: only who has a certificate of it is let in
 * @param certificate of this node; it names the node
 * @param key of this node, PKCS#8
 */
public record TlsFiles(Path ca, Path certificate, Path key) {

  /** The files {@code ca.crt}, {@code tls.crt} and {@code tls.key} of a folder. */
  public static TlsFiles in(Path folder) {
    return new TlsFiles(
        folder.resolve("ca.crt"), folder.resolve("tls.crt"), folder.resolve("tls.key"));
  }
}
