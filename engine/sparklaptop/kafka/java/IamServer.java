package sparkrail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import javax.security.sasl.SaslException;
import javax.security.sasl.SaslServer;
import org.apache.kafka.common.errors.SaslAuthenticationException;

/** One connection under AWS_MSK_IAM: one message with a signed request, one answer. */
final class IamServer implements SaslServer {
  private String principal;

  @Override
  public byte[] evaluateResponse(byte[] message) throws SaslException {
    try {
      ObjectNode question = Cloud.JSON.createObjectNode();
      question.put("cluster", Cloud.cluster());
      question.set("payload", Cloud.JSON.readTree(message));
      JsonNode answer = Cloud.ask("sign-in", question);
      if (answer.hasNonNull("refused")) {
        throw new SaslAuthenticationException(answer.get("refused").asText());
      }
      principal = answer.get("principal").asText();
      return Cloud.JSON.writeValueAsBytes(answer.get("answer"));
    } catch (IOException error) {
      throw new SaslException("the laptop cloud could not be asked: " + error.getMessage(), error);
    }
  }

  @Override
  public String getMechanismName() {
    return IamLogin.MECHANISM;
  }

  @Override
  public boolean isComplete() {
    return principal != null;
  }

  @Override
  public String getAuthorizationID() {
    return principal;
  }

  @Override
  public byte[] unwrap(byte[] incoming, int offset, int length) {
    return incoming;
  }

  @Override
  public byte[] wrap(byte[] outgoing, int offset, int length) {
    return outgoing;
  }

  @Override
  public Object getNegotiatedProperty(String name) {
    return null;
  }

  @Override
  public void dispose() {}
}
