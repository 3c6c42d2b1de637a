package dev.redoubt.node;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;

/**
 * What to run.
 *
 * @param protocol the rules
 * @param model what is trained
 * @param train how
 * @param data on what; only read, so all workers of one process share it
 * @param frameDigests whether the fabric verifies frames
 * @param faults what goes wrong
 * @param port the controller's; the workers take the ports after it; 0 = any free ones
 */
public record RunSpec(
    ProtocolConfig protocol,
    ModelConfig model,
    TrainConfig train,
    Samples data,
    boolean frameDigests,
    FaultPlan faults,
    int port) {}
