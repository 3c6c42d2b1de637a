package dev.redoubt.node;

import akka.actor.ActorSystem;
import akka.remote.artery.tcp.ConfigSSLEngineProvider;
import dev.redoubt.store.net.TlsDoor;
import javax.net.ssl.SSLEngine;

/** Akka's own engines by its configuration, and a word in the log when they refuse somebody. */
final class CertificateEngines extends ConfigSSLEngineProvider {

  private final TlsDoor door;

  CertificateEngines(ActorSystem system, TlsDoor door) {
    super(system);
    this.door = door;
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    return door.watch(super.createServerSSLEngine(hostname, port));
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    return door.watch(super.createClientSSLEngine(hostname, port), hostname + ":" + port);
  }
}
