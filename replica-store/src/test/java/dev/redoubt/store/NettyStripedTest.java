package dev.redoubt.store;

import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.RunToken;

/** Several donors, by the Netty fabric. */
class NettyStripedTest extends StripedContract {
  @Override
  Fabric make(FabricOptions options) {
    return NettyFabricTest.overTcp(NetOptions.defaults(RunToken.random()).withFrames(options));
  }
}
