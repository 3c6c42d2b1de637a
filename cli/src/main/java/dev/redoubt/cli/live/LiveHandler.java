package dev.redoubt.cli.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection: one request, and one answer, which for the events goes on as long as the run. */
final class LiveHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON_TYPE = "application/json";
  private static final int ANSWER_SECONDS_MAX = 10;
  private static final JsonMapper JSON = new JsonMapper();

  private final Admission admission;
  private final PageFile page;
  private final LiveBoard board;
  private final Streams streams;
  private @Nullable Future<?> deadline;

  LiveHandler(Admission admission, PageFile page, LiveBoard board, Streams streams) {
    this.admission = admission;
    this.page = page;
    this.board = board;
    this.streams = streams;
  }

  private record Answer(int status, String type, String body) {
    static Answer text(int status, String body) {
      return new Answer(status, TEXT, body + "\n");
    }
  }

  /** Who says nothing, or does not take its answer, is not waited for. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    deadline =
        context
            .executor()
            .schedule(
                () -> {
                  Future<?> ignored = context.close();
                },
                ANSWER_SECONDS_MAX,
                TimeUnit.SECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    noDeadline();
    streams.remove(context.channel());
  }

  private void noDeadline() {
    Future<?> waiting = deadline;
    if (waiting != null) {
      waiting.cancel(false);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    Optional<Admission.Refusal> refusal = admission.refuses(request);
    if (refusal.isPresent()) {
      answer(context, request, Answer.text(refusal.get().status(), refusal.get().why()), "");
      return;
    }
    switch (admission.path(request)) {
      case "/" -> get(context, request, new Answer(200, "text/html; charset=utf-8", page.body()));
      case "/state" -> get(context, request, new Answer(200, JSON_TYPE, board.snapshot().data()));
      case "/events" -> events(context, request);
      case "/inject" -> inject(context, request);
      default -> answer(context, request, Answer.text(404, "there is no such page"), "");
    }
  }

  private void get(ChannelHandlerContext context, FullHttpRequest request, Answer answer) {
    if (isGet(request) || request.method().equals(HttpMethod.HEAD)) {
      answer(context, request, answer, "");
    } else {
      answer(context, request, Answer.text(405, "only GET and HEAD"), "GET, HEAD");
    }
  }

  private static boolean isGet(FullHttpRequest request) {
    return request.method().equals(HttpMethod.GET);
  }

  private void events(ChannelHandlerContext context, FullHttpRequest request) {
    if (!isGet(request)) {
      answer(context, request, Answer.text(405, "only GET"), "GET");
      return;
    }
    noDeadline();
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    secure(head.headers());
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
    HttpUtil.setTransferEncodingChunked(head, true);
    Future<?> ignored = context.write(head);
    streams.add(context.channel());
  }

  private void inject(ChannelHandlerContext context, FullHttpRequest request) {
    if (!request.method().equals(HttpMethod.POST)) {
      answer(context, request, Answer.text(405, "only POST"), "POST");
      return;
    }
    CharSequence type = HttpUtil.getMimeType(request);
    if (type == null || !JSON_TYPE.contentEquals(type)) {
      answer(context, request, Answer.text(415, "only application/json"), "");
      return;
    }
    answer(context, request, inject(ByteBufUtil.getBytes(request.content())), "");
  }

  private Answer inject(byte[] body) {
    try {
      return switch (streams.inject(Ask.parse(body))) {
        case Injections.Answer.Accepted accepted ->
            new Answer(
                202, JSON_TYPE, JSON.createObjectNode().put("fault", accepted.fault()).toString());
        case Injections.Answer.Refused refused -> Answer.text(409, refused.why());
      };
    } catch (IllegalArgumentException e) {
      return Answer.text(400, String.valueOf(e.getMessage()));
    }
  }

  private void answer(
      ChannelHandlerContext context, FullHttpRequest request, Answer answer, String allow) {
    byte[] body = answer.body().getBytes(UTF_8);
    boolean head = request.method().equals(HttpMethod.HEAD);
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
    HttpHeaders headers = response.headers();
    secure(headers);
    headers.set(HttpHeaderNames.CONTENT_TYPE, answer.type());
    headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    headers.set(HttpHeaderNames.CONNECTION, "close");
    if (!allow.isEmpty()) {
      headers.set(HttpHeaderNames.ALLOW, allow);
    }
    Future<?> ignored = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  private void secure(HttpHeaders headers) {
    headers.set("Content-Security-Policy", page.policy());
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
  }

  /** A client that breaks off is no defect; what it was told is not needed any more. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Future<?> ignored = context.close();
  }
}
