package dev.redoubt.store;

import dev.redoubt.store.net.AddressBook;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.NettyEndpoint;
import dev.redoubt.store.net.NettyFabric;
import dev.redoubt.store.net.RunToken;

/** The contract over TCP. */
class NettyFabricTest extends FabricContract {

  @Override
  Fabric make(FabricOptions options) {
    return overTcp(NetOptions.defaults(RunToken.random()).withFrames(options));
  }

  /** Enters each endpoint into the address book as it opens. */
  static Fabric overTcp(NetOptions options) {
    AddressBook book = new AddressBook();
    NettyFabric fabric = new NettyFabric(options, book);
    return new Fabric() {
      @Override
      public Endpoint open(String node, Receiver receiver) {
        NettyEndpoint endpoint = fabric.open(node, receiver);
        book.put(node, endpoint.address());
        return endpoint;
      }

      @Override
      public void close() {
        fabric.close();
      }
    };
  }
}
