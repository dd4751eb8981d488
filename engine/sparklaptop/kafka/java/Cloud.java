package sparkrail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;

/** Asks the laptop cloud, which knows keys, roles and policies; nothing is decided here. */
final class Cloud {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final int TRIES = 5;
  private static final int PAUSE_MS = 300;
  private static final int TIMEOUT_MS = 5000;

  private Cloud() {}

  static String cluster() {
    return System.getProperty("sparkrail.cluster");
  }

  /** The answer to a question; an answer that says no is an answer too. */
  static JsonNode ask(String what, JsonNode question) throws IOException {
    IOException last = null;
    for (int count = 0; count < TRIES; count++) {
      try {
        return once(what, question);
      } catch (IOException error) {
        last = error;
        pause();
      }
    }
    throw last;
  }

  private static JsonNode once(String what, JsonNode question) throws IOException {
    URI address = URI.create(System.getProperty("sparkrail.cloud") + "/_sparkrail/kafka/" + what);
    // A proxy of the environment must not see what never leaves this computer.
    HttpURLConnection call =
        (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
    call.setConnectTimeout(TIMEOUT_MS);
    call.setReadTimeout(TIMEOUT_MS);
    call.setDoOutput(true);
    call.setRequestProperty("Content-Type", "application/json");
    byte[] body = JSON.writeValueAsBytes(question);
    call.setFixedLengthStreamingMode(body.length);
    try (OutputStream out = call.getOutputStream()) {
      out.write(body);
    }
    try (InputStream in = call.getInputStream()) {
      return JSON.readTree(in);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }
}
