package dev.redoubt.store;

import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.RunToken;

/** Transfers over TCP. */
class NettyTransferTest extends TransferContract {
  @Override
  Fabric make(FabricOptions options) {
    return NettyFabricTest.overTcp(NetOptions.defaults(RunToken.random()).withFrames(options));
  }
}
