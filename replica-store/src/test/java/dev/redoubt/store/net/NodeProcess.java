package dev.redoubt.store.net;

import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.Receiver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An endpoint in a JVM of its own, steered by lines. It says READY and its port, then sends frames
 * to whom it is told, says what it hears of links, and ends when its input does.
 */
final class NodeProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader out;
  private final PrintWriter in;
  private final String node;
  private final InetSocketAddress address;

  private NodeProcess(Process process, String node) throws IOException {
    this.process = process;
    this.node = node;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    Writer writer = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
    this.in = new PrintWriter(writer, true);
    String ready = await("READY ");
    this.address =
        new InetSocketAddress(
            InetAddress.getLoopbackAddress(), Integer.parseInt(ready.substring("READY ".length())));
  }

  /** Starts one that knows {@code peer} at {@code address}. */
  static NodeProcess start(String node, RunToken token, String peer, InetSocketAddress address)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("redoubt.jvm.args", "").split(" ")));
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(NodeProcess.class.getName(), node, token.hex(), peer));
    command.add(Integer.toString(address.getPort()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      return new NodeProcess(process, node);
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  String node() {
    return node;
  }

  InetSocketAddress address() {
    return address;
  }

  /** The next line that begins so. */
  String await(String start) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(start)) {
        return line;
      }
    }
    throw new IOException("process " + process.pid() + " ended before it said " + start);
  }

  void say(String line) {
    in.println(line);
  }

  /** kill -9. */
  void kill() throws IOException, InterruptedException {
    signal("KILL");
  }

  void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }

  /** The other side: {@code node token peer port}. */
  public static void main(String[] args) throws IOException {
    AddressBook book = new AddressBook();
    book.put(
        args[2],
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[3])));
    try (Arena arena = Arena.ofShared();
        NettyFabric fabric = new NettyFabric(NetOptions.defaults(RunToken.parse(args[1])), book)) {
      NettyEndpoint endpoint = fabric.open(args[0], new Speaker());
      System.out.println("READY " + endpoint.address().getPort());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        MemorySegment payload = arena.allocateFrom(line);
        try {
          endpoint.send(args[2], header(), payload);
          System.out.println("SENT " + line);
        } catch (PeerBrokenException e) {
          System.out.println("FAILED " + e.getMessage());
        }
      }
    }
  }

  static FrameHeader.Gradient header() {
    return new FrameHeader.Gradient(3, 15, 4, 8, 1, 0, 1, 0, 5.5);
  }

  /** Says what it hears. */
  private static final class Speaker implements Receiver {
    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      System.out.println("FRAME " + from + " " + payload.bytes().getString(0));
    }

    @Override
    public void peerLinked(String peer) {
      System.out.println("LINKED " + peer);
    }

    @Override
    public void peerBroken(String peer) {
      System.out.println("BROKEN " + peer);
    }

    @Override
    public void frameCorrupt(String from, FrameHeader header) {
      System.out.println("CORRUPT " + from);
    }
  }
}
