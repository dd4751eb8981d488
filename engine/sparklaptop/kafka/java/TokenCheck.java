package sparkrail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/** One connection under OAUTHBEARER, whose token is a presigned request, as AWS's signers make it. */
public final class TokenCheck implements AuthenticateCallbackHandler {
  private record Token(String value, String principalName, long lifetimeMs, Long startTimeMs)
      implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback asked) {
        check(asked);
      } else if (!(callback instanceof OAuthBearerExtensionsValidatorCallback)) {
        throw new UnsupportedCallbackException(callback);
      }
    }
  }

  private static void check(OAuthBearerValidatorCallback asked) {
    try {
      ObjectNode question = Cloud.JSON.createObjectNode();
      question.put("cluster", Cloud.cluster());
      question.put("token", asked.tokenValue());
      JsonNode answer = Cloud.ask("sign-in", question);
      if (answer.hasNonNull("refused")) {
        System.err.println("refused: " + answer.get("refused").asText());
        // All that Kafka lets a client hear of it.
        asked.error("invalid_token", null, null);
        return;
      }
      asked.token(new Token(
          asked.tokenValue(), answer.get("principal").asText(),
          answer.get("until_ms").asLong(), answer.get("from_ms").asLong()));
    } catch (IOException error) {
      System.err.println("the laptop cloud could not be asked: " + error);
      asked.error("invalid_token", null, null);
    }
  }

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

  @Override
  public void close() {}
}
