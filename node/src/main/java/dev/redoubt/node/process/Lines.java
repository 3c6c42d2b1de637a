package dev.redoubt.node.process;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Trouble;
import dev.redoubt.fault.Victim;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reports and orders as lines of JSON. The sealed families are known by their simple names; nothing
 * else is ever instantiated.
 */
final class Lines {

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  private interface Named {}

  private static final JsonMapper JSON = mapper();

  private Lines() {}

  private static JsonMapper mapper() {
    SimpleModule module = new SimpleModule("redoubt-lines");
    for (Class<?> family :
        List.of(
            Report.class,
            Order.class,
            Note.class,
            Verdict.class,
            Fault.class,
            Victim.class,
            Pattern.class,
            Trouble.class)) {
      module.setMixInAnnotation(family, Named.class);
      members(family)
          .forEach(
              member -> module.registerSubtypes(new NamedType(member, member.getSimpleName())));
    }
    return JsonMapper.builder()
        .addModule(module)
        .addModule(new Jdk8Module())
        .addModule(new JavaTimeModule())
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .build();
  }

  /** A family may have families in it. */
  static Stream<Class<?>> members(Class<?> family) {
    return family.isInterface()
        ? Arrays.stream(family.getPermittedSubclasses()).flatMap(Lines::members)
        : Stream.of(family);
  }

  /** One line, without its end. */
  static String write(Object what) {
    try {
      return JSON.writeValueAsString(what);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written as JSON: " + what, e);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws JsonProcessingException if it is nothing of the kind
   */
  static <T> T read(String line, Class<T> family) throws JsonProcessingException {
    return JSON.readValue(line, family);
  }
}
