package troupe.multinode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A client that attaches to its stream again, at the next gateway, whenever it breaks off or falls silent. */
final class ResumingClient {
    private static final int SILENCE_MILLIS = 2_000;
    private static final int PAUSE_MILLIS = 100;
    private static final Pattern VARYING =
            Pattern.compile("\"(id|created)\":(\"[^\"]*\"|\\d+),|\"prompt_tokens_details\":\\{[^}]*}");

    /** Happens once, in the middle of a stream. */
    interface Blow {
        void strike() throws IOException, InterruptedException;
    }

    /** Events after which the blow comes. */
    private static final int BEFORE_BLOW = 50;

    private final List<String> data = new ArrayList<>();
    private @Nullable String lastEvent;

    private ResumingClient() {}

    /** The data of all events, without what differs from one answer to the next. */
    static List<String> stream(List<String> urls, String body, String id, Blow blow)
            throws IOException, InterruptedException {
        ResumingClient client = new ResumingClient();
        boolean struck = false;
        for (int attempt = 0; !client.isDone(); attempt++) {
            try {
                if (client.read(urls.get(attempt % urls.size()), body, id, !struck)) {
                    struck = true;
                    blow.strike();
                }
            } catch (IOException e) {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
        return client.data;
    }

    private boolean isDone() {
        return !data.isEmpty() && data.getLast().equals("[DONE]");
    }

    /** Reads to the end; gives true in the middle, with the connection left to itself, where that is wanted. */
    private boolean read(String url, String body, String id, boolean pauseInTheMiddle) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url + "/v1/completions").toURL().openConnection();
        connection.setConnectTimeout(SILENCE_MILLIS);
        connection.setReadTimeout(SILENCE_MILLIS);
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestProperty("X-Troupe-Resume-Id", id);
        if (lastEvent != null) {
            connection.setRequestProperty("Last-Event-ID", lastEvent);
        }
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        int status = connection.getResponseCode();
        if (status == HttpURLConnection.HTTP_UNAVAILABLE) {
            throw new IOException("unavailable");
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IllegalStateException("status " + status);
        }
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            String event = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    event = line.substring("id: ".length());
                } else if (line.startsWith("data: ")) {
                    data.add(VARYING.matcher(line.substring("data: ".length())).replaceAll(""));
                    lastEvent = event == null ? lastEvent : event;
                    if (pauseInTheMiddle && data.size() == BEFORE_BLOW) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
