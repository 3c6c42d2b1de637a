package dev.redoubt.store.net;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a node's certificates are, in PEM.
 *
 * @param ca certificate of the cluster's authority: only who has a certificate of it is let in
 * @param certificate of this node; it names the node
 * @param key of this node, PKCS#8
 */
public record TlsFiles(Path ca, Path certificate, Path key) {

  /** Of the key stores. It is no secret: who may read the files may read the key. */
  public static final String STORE_PASSWORD = "redoubt";

  /** The files {@code ca.crt}, {@code tls.crt} and {@code tls.key} of a folder. */
  public static TlsFiles in(Path folder) {
    return new TlsFiles(
        folder.resolve("ca.crt"), folder.resolve("tls.crt"), folder.resolve("tls.key"));
  }

  /** All of them, with the key stores. */
  public List<Path> all() {
    return List.of(ca, certificate, key, keyStore(), trustStore());
  }

  /** The folder of {@link #in}. */
  public Path folder() {
    return certificate.resolveSibling("");
  }

  /** Certificate and key of this node once more, as PKCS#12, beside them. */
  public Path keyStore() {
    return certificate.resolveSibling("tls.p12");
  }

  /** The authority's certificate once more, as PKCS#12, beside it. */
  public Path trustStore() {
    return ca.resolveSibling("ca.p12");
  }
}
