package troupe.http;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import troupe.actors.resume.ResumeKey;
import troupe.actors.resume.Resumption;
import troupe.conf.ResumeSettings;

/**
 * How a client wants to be able to come back to its request, as its headers say.
 *
 * @param owner whose requests these are; empty where clients have no keys
 * @param fingerprint of path and body
 * @param lastEvent id of the last event that was read; null: none
 */
record ResumeHeaders(
        String owner,
        String id,
        Duration grace,
        String fingerprint,
        @Nullable String lastEvent) {
    static final String ID = "X-Troupe-Resume-Id";
    static final String GRACE = "X-Troupe-Resume-Grace";
    static final String LAST_EVENT = "Last-Event-ID";

    private static final Pattern IDS = Pattern.compile("[A-Za-z0-9_.-]{16,128}");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    /**
     * Empty where the client wants no such thing.
     *
     * @throws ApiException naming a header that is not what it has to be
     */
    static Optional<ResumeHeaders> read(HttpRequest request, String owner, byte[] body, ResumeSettings settings) {
        String id = value(request, ID);
        String grace = value(request, GRACE);
        if (id == null) {
            if (grace != null) {
                throw ApiException.invalid(GRACE, GRACE + " is allowed only with " + ID);
            }
            return Optional.empty();
        }
        if (!IDS.matcher(id).matches()) {
            throw ApiException.invalid(
                    ID,
                    ID + " is '" + Fields.shortened(id)
                            + "', it must be 16 to 128 characters of A-Z, a-z, 0-9, '_', '.', '-'");
        }
        return Optional.of(new ResumeHeaders(
                owner,
                id,
                grace(grace, settings),
                fingerprint(request.getUri().path(), body),
                value(request, LAST_EVENT)));
    }

    /** Whether the client says that it has read a part of the answer. */
    static boolean sayItGoesOn(HttpRequest request) {
        return value(request, ID) != null && value(request, LAST_EVENT) != null;
    }

    /** Of one of the prompts that were sent together. */
    Resumption of(int prompt) {
        return new Resumption(new ResumeKey(owner, id, prompt), fingerprint, grace);
    }

    /** How much of its streamed answer the client has. */
    StreamPosition position(ApiRequest request) {
        int prompts = request.generations().size();
        int choices = request.generations().getFirst().choices();
        return lastEvent == null || !request.options().stream()
                ? StreamPosition.none(prompts, choices)
                : StreamPosition.parse(lastEvent, prompts, choices);
    }

    private static Duration grace(@Nullable String value, ResumeSettings settings) {
        if (value == null) {
            return settings.grace();
        }
        long most = settings.maxGrace().toSeconds();
        long seconds = SECONDS.matcher(value).matches() ? Long.parseLong(value) : 0;
        if (seconds < 1 || seconds > most) {
            throw ApiException.invalid(
                    GRACE,
                    GRACE + " is '" + Fields.shortened(value) + "', it must be a whole number of seconds from 1 to "
                            + most);
        }
        return Duration.ofSeconds(seconds);
    }

    private static @Nullable String value(HttpRequest request, String header) {
        return request.getHeader(header).map(HttpHeader::value).orElse(null);
    }

    private static String fingerprint(String path, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((path + '\n').getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
