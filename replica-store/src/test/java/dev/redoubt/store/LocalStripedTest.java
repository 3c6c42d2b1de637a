package dev.redoubt.store;

/** Several donors, by the Local fabric. */
class LocalStripedTest extends StripedContract {
  @Override
  Fabric make(FabricOptions options) {
    return new LocalFabric(options);
  }
}
