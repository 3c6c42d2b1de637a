package dev.redoubt.node;

import akka.remote.artery.tcp.SSLEngineProvider;
import dev.redoubt.store.net.TokenDoor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import scala.Option;

/**
 * Keeps who does not know the run's token away from Akka's own reading of frames, which trusts the
 * network: there a length of 2 GiB in a message of 19 bytes is read as frames without end.
 */
final class TokenEngines implements SSLEngineProvider {

  private final TokenDoor door;

  TokenEngines(TokenDoor door) {
    this.door = door;
  }

  @Override
  public SSLEngine createServerSSLEngine(String hostname, int port) {
    return door.dialled();
  }

  @Override
  public SSLEngine createClientSSLEngine(String hostname, int port) {
    return door.dialling();
  }

  @Override
  public Option<Throwable> verifyClientSession(String hostname, SSLSession session) {
    return Option.empty();
  }

  @Override
  public Option<Throwable> verifyServerSession(String hostname, SSLSession session) {
    return Option.empty();
  }
}
