package dev.redoubt.fault;

import dev.redoubt.fault.FaultCatalogue.Entry;
import dev.redoubt.fault.FaultCatalogue.Parameter;
import java.util.List;

/** What can go wrong between machines, in words. */
final class NetworkCatalogue {

  private static final Parameter COUNT =
      new Parameter("count", "the first so many frames; 1 if nothing is given", false);
  private static final Parameter PROBABILITY =
      new Parameter("probability", "in place of count: of each frame, above 0 to 1", false);
  private static final Parameter STEPS_OF_PROBABILITY =
      new Parameter("steps", "with probability: how long it lasts; 1 if not given", false);
  private static final List<Parameter> SHARE = List.of(COUNT, PROBABILITY, STEPS_OF_PROBABILITY);

  private static final Parameter STEPS =
      new Parameter("steps", "how long it lasts; 1 if not given", false);
  private static final Parameter DIRECTION =
      new Parameter("direction", "both, in (it hears nothing) or out; both if not given", false);
  private static final Parameter SECONDS = new Parameter("seconds", "how long it lasts", true);

  static final Entry CORRUPT_FRAME =
      new Entry(
          Trouble.CorruptFrame.KIND,
          "A frame that the machine sends changes on its way, after its digest was taken.",
          List.of(
              new Parameter("bits", "[..]: of one 32-bit float, 0 to 31", true),
              new Parameter("element", "of the frame, from 0, modulo its length; 0", false),
              new Parameter("receivers", "one (the first) or all; one if not given", false),
              new Parameter("frames", "how many; 1 if not given", false)),
          List.of(),
          "frame digests; without them state digests",
          "state digests see that copies differ and name the wrong machine: the receiver that was"
              + " given other bytes, or the sender, if all receivers were",
          "Stone and Partridge, When the CRC and TCP Checksum Disagree (2000): one packet in 1,100"
              + " to 32,000 arrives with a wrong TCP checksum after its link found it right");

  static final Entry DELAY =
      new Entry(
          Trouble.Delay.KIND,
          "Each frame that the machine sends arrives later; their order stays.",
          List.of(new Parameter("millis", "by how much", true), STEPS),
          List.of(),
          "a deadline, if it is longer than that",
          "what comes before the deadline is just late",
          "Gunawi et al., Fail-Slow at Scale (2018): network cards and switches that slow down");

  static final Entry LOSS =
      new Entry(
          Trouble.Loss.KIND,
          "Frames that the machine sends never arrive.",
          SHARE,
          List.of(),
          "the deadline of the step, which is then done again",
          "nothing: a step cannot end without its frames",
          "Gill et al., Understanding Network Failures in Data Centers (2011)");

  static final Entry DUPLICATE =
      new Entry(
          Trouble.Duplicate.KIND,
          "Frames that the machine sends arrive twice.",
          SHARE,
          List.of(),
          "who receives them: the second one is dropped without an alarm",
          "no digest: each has the right bytes",
          "Paxson, End-to-End Internet Packet Dynamics (1999); RFC 9293 (2022), section 3.4: old"
              + " duplicates");

  static final Entry REORDER =
      new Entry(
          Trouble.Reorder.KIND,
          "Frames that the machine sends are overtaken by the next one to the same receiver.",
          SHARE,
          List.of(),
          "nobody, for nothing is wrong: parts of a sum are put in their places in any order",
          "no digest: each has the right bytes",
          "Bennett et al., Packet Reordering is Not Pathological Network Behavior (1999); Dixit et"
              + " al., On the Impact of Packet Spraying in Data Center Networks (2013)");

  static final Entry SLOW_LINK =
      new Entry(
          Trouble.SlowLink.KIND,
          "The machine's frames leave one after the other, no faster than so many bytes a second.",
          List.of(new Parameter("bytesPerSecond", "of headers and payloads", true), STEPS),
          List.of(),
          "the deadline of the step, if its frames take longer",
          "what comes before the deadline is just late",
          "Do et al., Limplock: Understanding the Impact of Limpware on Scale-Out Cloud Systems"
              + " (2013): a card of 1 Gbps that went on at 1 Kbps");

  static final Entry CUT_FRAMES =
      new Entry(
          Trouble.CutFrames.KIND,
          "For a while no frames reach the machine, or none of its frames the others; control"
              + " messages pass.",
          List.of(DIRECTION, SECONDS),
          List.of(),
          "the deadline of the step",
          "the cluster's membership, whose heartbeats pass",
          "Alquraan et al., An Analysis of Network-Partitioning Failures in Cloud Systems (2018):"
              + " partial partitions");

  static final Entry CUT_CONTROL =
      new Entry(
          Trouble.CutControl.KIND,
          "For a while the controller's orders do not reach the machine, or its answers not the"
              + " controller; frames and heartbeats pass.",
          List.of(DIRECTION, SECONDS),
          List.of(),
          "deadlines: what is not answered is said again, then done again, then the machine is"
              + " given up",
          "the cluster's membership, whose heartbeats pass",
          "Alquraan et al., An Analysis of Network-Partitioning Failures in Cloud Systems (2018):"
              + " simplex partitions");

  private NetworkCatalogue() {}
}
