package dev.redoubt.store;

/** Transfers inside one process. */
class ShardTransferTest extends TransferContract {
  @Override
  Fabric make(FabricOptions options) {
    return new LocalFabric(options);
  }
}
