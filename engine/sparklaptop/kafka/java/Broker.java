package sparkrail;

import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.io.Reader;
import java.util.Properties;

/** A broker that is formatted when it is new, and that does not outlive whoever started it. */
public final class Broker {
  private Broker() {}

  /** Arguments: server.properties, the cluster's id, the folder of its logs. */
  public static void main(String[] arguments) throws IOException {
    String config = arguments[0];
    rememberOwn(config);
    if (!new File(arguments[2], "meta.properties").exists()) {
      // In this very process: a JVM of its own would cost half a second.
      int code = kafka.tools.StorageTool.execute(
          new String[] {"format", "-t", arguments[1], "-c", config}, System.out);
      if (code != 0) {
        System.exit(code);
      }
    }
    Thread watch = new Thread(Broker::endWithTheParent, "parent");
    watch.setDaemon(true);
    watch.start();
    kafka.Kafka.main(new String[] {config});
  }

  /** Settings that Kafka does not hand on to the classes which it makes. */
  private static void rememberOwn(String config) throws IOException {
    Properties settings = new Properties();
    try (Reader reader = new FileReader(config)) {
      settings.load(reader);
    }
    for (String name : settings.stringPropertyNames()) {
      if (name.startsWith("sparkrail.")) {
        System.setProperty(name, settings.getProperty(name));
      }
    }
  }

  private static void endWithTheParent() {
    try {
      while (System.in.read() != -1) {
        continue;
      }
    } catch (IOException gone) {
      // As when it was closed.
    }
    // Whoever started this is gone, and nobody is left to end it: as if the power failed.
    Runtime.getRuntime().halt(1);
  }
}
