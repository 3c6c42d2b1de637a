package dev.redoubt.node;

import akka.actor.setup.ActorSystemSetup;
import akka.serialization.jackson.JacksonObjectMapperFactory;
import akka.serialization.jackson.JacksonObjectMapperProviderSetup;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.redoubt.core.Message;
import java.util.ArrayList;
import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Teaches the serializer the core's sealed messages by their simple names, so that the core needs
 * no annotation of any library. Only these names can be read: nothing else is ever instantiated.
 */
final class WireMapper extends JacksonObjectMapperFactory {

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  private interface Named {}

  static ActorSystemSetup setup() {
    return ActorSystemSetup.create(JacksonObjectMapperProviderSetup.create(new WireMapper()));
  }

  @Override
  public Seq<Module> overrideConfiguredModules(String bindingName, Seq<Module> configured) {
    SimpleModule messages = new SimpleModule("redoubt-messages");
    for (Class<?> family : List.of(Message.ToWorker.class, Message.ToController.class)) {
      messages.setMixInAnnotation(family, Named.class);
      for (Class<?> message : family.getPermittedSubclasses()) {
        messages.registerSubtypes(new NamedType(message, message.getSimpleName()));
      }
    }
    List<Module> modules = new ArrayList<>(CollectionConverters.asJava(configured));
    modules.add(messages);
    return CollectionConverters.asScala(modules).toList();
  }
}
