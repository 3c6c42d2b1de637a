package dev.redoubt.store.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.3 with certificates on both sides. Who dials checks that the certificate is that of the
 * node which it wants, whatever address it dials; who is dialled, that it is that of the name given
 * in the hello. So a node can pass itself off as no other, and needs no certificate for its
 * address.
 */
final class Tls {

  private static final String[] PROTOCOLS = {"TLSv1.3"};

  /** Names of nodes are not always names of hosts: {@link #checkName} looks at them. */
  private static final String NOT_BY_HOST = "";

  private static final int SUBJECT_ALTERNATIVE_DNS = 2;

  private final SslContext dialled;
  private final SslContext dialling;
  private final Duration patience;

  /**
   * Reads the files.
   *
   * @throws IllegalArgumentException if they are no certificates, or if the key is not theirs
   */
  Tls(TlsFiles files, LinkTiming timing) {
    SslProvider provider =
        OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL)
            ? SslProvider.OPENSSL
            : SslProvider.JDK;
    this.patience = timing.helloWithin();
    try {
      this.dialled =
          SslContextBuilder.forServer(files.certificate().toFile(), files.key().toFile())
              .trustManager(files.ca().toFile())
              .clientAuth(ClientAuth.REQUIRE)
              .protocols(PROTOCOLS)
              .sslProvider(provider)
              .build();
      this.dialling =
          SslContextBuilder.forClient()
              .keyManager(files.certificate().toFile(), files.key().toFile())
              .trustManager(files.ca().toFile())
              .endpointIdentificationAlgorithm(NOT_BY_HOST)
              .protocols(PROTOCOLS)
              .sslProvider(provider)
              .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the certificates %s cannot be used: %s".formatted(files, e.getMessage()), e);
    }
  }

  /**
   * For one connection.
   *
   * @param wanted whom this end dials; null if it was dialled
   */
  SslHandler handler(Channel channel, @Nullable String wanted) {
    SslHandler handler =
        wanted == null
            ? dialled.newHandler(channel.alloc())
            : dialling.newHandler(channel.alloc(), wanted, 0);
    handler.setHandshakeTimeoutMillis(patience.toMillis());
    return handler;
  }

  /** Refuses a certificate that does not name {@code node}. */
  static void checkName(SSLSession session, String node) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      if (chain.length > 0
          && chain[0] instanceof X509Certificate certificate
          && names(certificate).contains(node)) {
        return;
      }
      throw new RefusedException(
          Refusal.NO_CERTIFICATE, "its certificate is not that of '%s'".formatted(node));
    } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
      throw new RefusedException(Refusal.NO_CERTIFICATE, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> names(X509Certificate certificate)
      throws CertificateParsingException {
    Collection<List<?>> all = certificate.getSubjectAlternativeNames();
    return all == null
        ? List.of()
        : all.stream()
            .filter(name -> name.get(0).equals(SUBJECT_ALTERNATIVE_DNS))
            .map(name -> String.valueOf(name.get(1)))
            .toList();
  }
}
