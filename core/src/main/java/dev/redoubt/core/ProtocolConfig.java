package dev.redoubt.core;

/**
 * The rules of one run.
 *
 * @param mesh machines asked for
 * @param steps to train
 * @param microbatches of a step
 * @param keepVersions versions of its shard that a worker keeps, at least 2
 * @param stateDigestEvery state digests are compared after every so many steps; 0 = never
 * @param scrubEvery stored versions are read again after every so many steps; 0 = never
 * @param screens whether alarms of the gradient screens count
 * @param overlap whether parts of a partial sum leave while the rest of it is computed; the bits
 *     are the same
 * @param strikesToEvict a worker that was blamed so often loses its rank
 * @param redosMax how often a step whose copies differ is redone, and how many epochs may pass
 *     without a committed step, per worker of the mesh and step between two comparisons, before the
 *     run ends undecided: never a loop of restarts
 * @param timeouts how long to wait for what
 * @param succession whether another controller may take over, and whose word it needs
 * @param first the version that the run begins with: 0 is made from the seed, any other is read
 *     from where an earlier run left it
 * @param audits what spares compute again before a step is verified
 * @param patience when a rank is late, so that a spare does its work too
 * @param membership whether it counts that a connection broke, and that the cluster has taken a
 *     worker off; without, only deadlines see a loss
 * @param diagnosis whether who was blamed for a step is asked to compute it again, beside somebody
 *     else, before it is done again
 * @param disk what is kept on disk
 * @param buddies which ranks keep the shards of others too
 */
public record ProtocolConfig(
    Mesh mesh,
    int steps,
    int microbatches,
    int keepVersions,
    int stateDigestEvery,
    int scrubEvery,
    boolean screens,
    boolean overlap,
    int strikesToEvict,
    int redosMax,
    Timeouts timeouts,
    Succession succession,
    long first,
    Audits audits,
    Patience patience,
    boolean membership,
    boolean diagnosis,
    Disk disk,
    Buddies buddies) {

  /** Whether the controller can be replaced, and who has to stand behind it. */
  public enum Succession {
    /** There is one controller, and its own word is enough. */
    NONE,
    /** A majority of the workers, whatever became of the others. */
    MAJORITY,
    /** A majority of the workers that the cluster's membership has not removed for good. */
    MAJORITY_OF_LIVING
  }

  /**
   * Waits, in milliseconds of the shell's monotonic clock.
   *
   * @param joinMillisMax for all workers to join
   * @param stallMillisMax for all attestations of a step; then everybody is asked to prepare anew
   * @param prepareMillisMax for an answer to that; who stays silent is lost
   * @param resendMillis after which an unanswered request is sent again
   */
  public record Timeouts(
      long joinMillisMax, long stallMillisMax, long prepareMillisMax, long resendMillis) {

    /** The same, but nobody is ever given up once all have joined. */
    public Timeouts withoutDeadlines() {
      return new Timeouts(joinMillisMax, Long.MAX_VALUE, Long.MAX_VALUE, resendMillis);
    }
  }

  /** The rules of a run whose controller is never replaced. */
  public ProtocolConfig(
      Mesh mesh,
      int steps,
      int microbatches,
      int keepVersions,
      int stateDigestEvery,
      int scrubEvery,
      boolean screens,
      boolean overlap,
      int strikesToEvict,
      int redosMax,
      Timeouts timeouts) {
    this(
        mesh,
        steps,
        microbatches,
        keepVersions,
        stateDigestEvery,
        scrubEvery,
        screens,
        overlap,
        strikesToEvict,
        redosMax,
        timeouts,
        Succession.NONE,
        0,
        Audits.NONE,
        Patience.UNLIMITED,
        true,
        false,
        Disk.NONE,
        Buddies.NONE);
  }

  /** The same rules, with another succession. */
  public ProtocolConfig with(Succession next) {
    return with(next, first, audits, patience, membership, diagnosis, disk, buddies);
  }

  /** The same rules, for the rest of a run from version {@code version} on. */
  public ProtocolConfig from(long version) {
    return with(succession, version, audits, patience, membership, diagnosis, disk, buddies);
  }

  /** The same rules, with other audits. */
  public ProtocolConfig with(Audits next) {
    return with(succession, first, next, patience, membership, diagnosis, disk, buddies);
  }

  /** The same rules, with another patience. */
  public ProtocolConfig with(Patience next) {
    return with(succession, first, audits, next, membership, diagnosis, disk, buddies);
  }

  /** The same rules, in which losses are seen by the membership too, or by deadlines alone. */
  public ProtocolConfig withMembership(boolean on) {
    return with(succession, first, audits, patience, on, diagnosis, disk, buddies);
  }

  /** The same rules, in which who was blamed is asked to compute the step again, or is not. */
  public ProtocolConfig withDiagnosis(boolean on) {
    return with(succession, first, audits, patience, membership, on, disk, buddies);
  }

  /** The same rules, with another use of the disk. */
  public ProtocolConfig with(Disk next) {
    return with(succession, first, audits, patience, membership, diagnosis, next, buddies);
  }

  /** The same rules, with guests. */
  public ProtocolConfig with(Buddies next) {
    return with(succession, first, audits, patience, membership, diagnosis, disk, next);
  }

  private ProtocolConfig with(
      Succession successor,
      long version,
      Audits audited,
      Patience limits,
      boolean members,
      boolean again,
      Disk tier,
      Buddies neighbours) {
    return new ProtocolConfig(
        mesh,
        steps,
        microbatches,
        keepVersions,
        stateDigestEvery,
        scrubEvery,
        screens,
        overlap,
        strikesToEvict,
        redosMax,
        timeouts,
        successor,
        version,
        audited,
        limits,
        members,
        again,
        tier,
        neighbours);
  }

  public ProtocolConfig {
    if (steps < 1 || microbatches < 1 || strikesToEvict < 1 || redosMax < 1) {
      throw new IllegalArgumentException(
          "steps, microbatches, strikesToEvict and redosMax are at least 1");
    }
    if (microbatches < mesh.pods()) {
      throw new IllegalArgumentException(
          mesh.pods() + " pods need as many microbatches at least, not " + microbatches);
    }
    if (keepVersions < 2) {
      throw new IllegalArgumentException("keepVersions is at least 2, not " + keepVersions);
    }
    if (stateDigestEvery < 0 || stateDigestEvery >= keepVersions) {
      throw new IllegalArgumentException(
          "stateDigestEvery is 0 (off) up to keepVersions - 1 = "
              + (keepVersions - 1)
              + ", so that the last compared version is still there; not "
              + stateDigestEvery);
    }
    if (first < 0 || first >= steps) {
      throw new IllegalArgumentException(
          "a run of %d steps begins with one of the versions 0 to %d, not %d"
              .formatted(steps, steps - 1, first));
    }
    if (audits.on() && (stateDigestEvery != 1 || mesh.workersPerPod() != 1)) {
      throw new IllegalArgumentException(
          "audits need a verified version before each step (stateDigestEvery 1, not "
              + stateDigestEvery
              + ") and pods of one worker, not of "
              + mesh.workersPerPod());
    }
    if (keepVersions < audits.lagSteps() + 2) {
      throw new IllegalArgumentException(
          "keepVersions is at least %d where audits lag by %d steps: the watermark, the versions after it, and the one that is written; not %d"
              .formatted(audits.lagSteps() + 2, audits.lagSteps(), keepVersions));
    }
    if (patience.on() && audits.lagSteps() > 0) {
      throw new IllegalArgumentException(
          "audits that lag do not go with stand-ins for late ranks: the sum of a stand-in is"
              + " confirmed before the next step");
    }
    if (patience.on() && (stateDigestEvery != 1 || mesh.workersPerPod() != 1 || keepVersions < 3)) {
      throw new IllegalArgumentException(
          "a spare does the work of a late rank on a verified version (stateDigestEvery 1, not "
              + stateDigestEvery
              + "), in pods of one worker, not of "
              + mesh.workersPerPod()
              + ", and the version before the last may be needed again (keepVersions 3 at least,"
              + " not "
              + keepVersions
              + ")");
    }
    if (diagnosis && mesh.workersPerPod() != 1) {
      throw new IllegalArgumentException(
          "what several ranks compute together nobody can compute again alone: diagnosis needs pods"
              + " of one worker, not of "
              + mesh.workersPerPod());
    }
    if (disk.on() && (stateDigestEvery < 1 || disk.everySteps() % stateDigestEvery != 0)) {
      throw new IllegalArgumentException(
          "a version goes to disk when its copies were compared: every so many steps that"
              + " stateDigestEvery divides, not every "
              + disk.everySteps()
              + " where that is "
              + stateDigestEvery);
    }
    if (buddies.on() && buddies.wards().size() != mesh.workersPerPod()) {
      throw new IllegalArgumentException(
          "buddies are said for each of the %d ranks of a pod, not for %d"
              .formatted(mesh.workersPerPod(), buddies.wards().size()));
    }
    if (buddies.on() && (stateDigestEvery != 1 || keepVersions < 3)) {
      throw new IllegalArgumentException(
          "a guest is taken of a version that was agreed on, and may be one version older than what"
              + " is computed on: buddies need stateDigestEvery 1 (not "
              + stateDigestEvery
              + ") and keepVersions 3 at least (not "
              + keepVersions
              + ")");
    }
    if (scrubEvery < 0) {
      throw new IllegalArgumentException("scrubEvery is 0 (off) or more, not " + scrubEvery);
    }
  }

  /**
   * Epochs in a row that may pass without a committed step. Until the first one is, an epoch may
   * have several steps to get through, and so needs as many more tries.
   */
  int barrenMax() {
    return redosMax * (mesh.workers() + 1) * Math.max(1 + audits.lagSteps(), stateDigestEvery);
  }

  public boolean digests() {
    return stateDigestEvery > 0;
  }

  /** Whether the copies are compared after {@code step}. */
  public boolean compares(long step) {
    return digests() && (step % stateDigestEvery == 0 || step == steps);
  }

  /** Whether the stored versions are read again after {@code step}. */
  public boolean scrubs(long step) {
    return digests() && scrubEvery > 0 && step % scrubEvery == 0;
  }
}
