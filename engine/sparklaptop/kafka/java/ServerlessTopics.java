package sparkrail;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/** Refuses what MSK Serverless refuses of a topic. */
public final class ServerlessTopics implements CreateTopicPolicy {
  private static final Set<String> SETTABLE = Set.of(
      "cleanup.policy", "compression.type", "max.message.bytes",
      "message.timestamp.difference.max.ms", "message.timestamp.type",
      "retention.bytes", "retention.ms");
  private static final long LARGEST = 8388608L;
  private static final int PARTITIONS = 2400;

  private static boolean isOwn(String topic) {
    // Kafka's own: __consumer_offsets sets segment.bytes, and without it no group ever works.
    return topic.startsWith("__");
  }

  private static void check(Map<String, String> configs) {
    for (String key : configs.keySet()) {
      if (!SETTABLE.contains(key)) {
        throw new PolicyViolationException("config not settable on MSK Serverless: " + key);
      }
    }
    String size = configs.get("max.message.bytes");
    if (size != null && Long.parseLong(size) > LARGEST) {
      throw new PolicyViolationException("max.message.bytes of MSK Serverless is at most " + LARGEST);
    }
  }

  @Override
  public void validate(RequestMetadata request) {
    if (isOwn(request.topic())) {
      return;
    }
    Integer partitions = request.numPartitions();
    if (partitions != null && partitions > PARTITIONS) {
      throw new PolicyViolationException(
          "a cluster of MSK Serverless has at most " + PARTITIONS + " partitions");
    }
    check(request.configs());
  }

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public void close() {}

  /** The same when a topic is altered. KRaft asks it at creation too, so it sees no difference. */
  public static final class Alter implements AlterConfigPolicy {
    @Override
    public void validate(RequestMetadata request) {
      ConfigResource resource = request.resource();
      if (resource.type() == ConfigResource.Type.TOPIC && !isOwn(resource.name())) {
        check(request.configs());
      }
    }

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public void close() {}
  }
}
