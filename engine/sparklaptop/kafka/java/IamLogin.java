package sparkrail;

import java.security.Provider;
import java.security.Security;
import java.util.Map;
import javax.security.auth.Subject;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.spi.LoginModule;
import javax.security.sasl.SaslServer;
import javax.security.sasl.SaslServerFactory;

/** Makes the mechanism AWS_MSK_IAM known to this JVM; Kafka loads it because its JAAS entry says so. */
public final class IamLogin implements LoginModule {
  static final String MECHANISM = "AWS_MSK_IAM";

  static {
    Security.addProvider(new Known());
  }

  /** Where Java looks for SASL mechanisms. */
  public static final class Known extends Provider {
    private static final long serialVersionUID = 1L;

    public Known() {
      super("sparkrail", "1", "");
      put("SaslServerFactory." + MECHANISM, Servers.class.getName());
    }
  }

  /** Makes the server's side of one connection. */
  public static final class Servers implements SaslServerFactory {
    @Override
    public SaslServer createSaslServer(
        String mechanism, String protocol, String name, Map<String, ?> properties,
        CallbackHandler handler) {
      return new IamServer();
    }

    @Override
    public String[] getMechanismNames(Map<String, ?> properties) {
      return new String[] {MECHANISM};
    }
  }

  @Override
  public void initialize(
      Subject subject, CallbackHandler handler, Map<String, ?> shared, Map<String, ?> options) {}

  @Override
  public boolean login() {
    return true;
  }

  @Override
  public boolean commit() {
    return true;
  }

  @Override
  public boolean abort() {
    return false;
  }

  @Override
  public boolean logout() {
    return true;
  }
}
