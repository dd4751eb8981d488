package sparkrail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.server.authorizer.AclCreateResult;
import org.apache.kafka.server.authorizer.AclDeleteResult;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/** Lets the laptop cloud decide who may do what, and remembers its answers for a moment. */
public final class IamAuthorizer implements Authorizer {
  private static final long REMEMBERED_MS = 2000;
  private static final int MOST_REMEMBERED = 10000;

  private record Question(
      String principal, String operation, String kind, String name, boolean counts) {}

  private record Answer(boolean allowed, long until) {}

  private final Map<Question, Answer> remembered = new ConcurrentHashMap<>();

  @Override
  public List<AuthorizationResult> authorize(
      AuthorizableRequestContext context, List<Action> actions) {
    List<AuthorizationResult> results = new ArrayList<>(actions.size());
    for (Action action : actions) {
      results.add(result(isOwn(context) || allowed(question(context, action))));
    }
    return results;
  }

  private static boolean isOwn(AuthorizableRequestContext context) {
    // The listeners without a check: the brokers among themselves, and tests.
    return KafkaPrincipal.ANONYMOUS.equals(context.principal());
  }

  private static Question question(AuthorizableRequestContext context, Action action) {
    // What Kafka only tries must not be held against the client.
    boolean counts = action.logIfDenied() || action.operation() == AclOperation.IDEMPOTENT_WRITE;
    return new Question(
        context.principal().getName(), action.operation().name(),
        action.resourcePattern().resourceType().name(), action.resourcePattern().name(), counts);
  }

  private boolean allowed(Question question) {
    long now = System.currentTimeMillis();
    Answer known = remembered.get(question);
    if (known == null || known.until() < now) {
      if (remembered.size() > MOST_REMEMBERED) {
        remembered.clear();
      }
      known = new Answer(asked(question), now + REMEMBERED_MS);
      remembered.put(question, known);
    }
    return known.allowed();
  }

  private static boolean asked(Question question) {
    ObjectNode content = Cloud.JSON.createObjectNode();
    content.put("cluster", Cloud.cluster());
    content.put("principal", question.principal());
    ArrayNode checks = content.putArray("checks");
    ObjectNode check = checks.addObject();
    check.put("operation", question.operation());
    check.put("kind", question.kind());
    check.put("name", question.name());
    check.put("counts", question.counts());
    try {
      JsonNode answer = Cloud.ask("decide", content);
      return answer.get("allowed").get(0).asBoolean();
    } catch (IOException error) {
      System.err.println("the laptop cloud could not be asked, so this is denied: " + error);
      return false;
    }
  }

  private static AuthorizationResult result(boolean allowed) {
    return allowed ? AuthorizationResult.ALLOWED : AuthorizationResult.DENIED;
  }

  @Override
  public AuthorizationResult authorizeByResourceType(
      AuthorizableRequestContext context, AclOperation operation, ResourceType kind) {
    // "May write some topic" does not stand for WriteDataIdempotently.
    return result(isOwn(context));
  }

  @Override
  public Map<Endpoint, ? extends CompletionStage<Void>> start(AuthorizerServerInfo info) {
    Map<Endpoint, CompletionStage<Void>> ready = new HashMap<>();
    info.endpoints().forEach(each -> ready.put(each, CompletableFuture.completedFuture(null)));
    return ready;
  }

  @Override
  public List<? extends CompletionStage<AclCreateResult>> createAcls(
      AuthorizableRequestContext context, List<AclBinding> bindings) {
    throw new InvalidRequestException("MSK Serverless has no ACLs, IAM policies alone");
  }

  @Override
  public List<? extends CompletionStage<AclDeleteResult>> deleteAcls(
      AuthorizableRequestContext context, List<AclBindingFilter> filters) {
    throw new InvalidRequestException("MSK Serverless has no ACLs, IAM policies alone");
  }

  @Override
  public Iterable<AclBinding> acls(AclBindingFilter filter) {
    return List.of();
  }

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public void close() {}
}
