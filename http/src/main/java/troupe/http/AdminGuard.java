package troupe.http;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.conf.HttpSettings;
import troupe.conf.Secret;

/**
 * Who may use the admin API: whoever has the token, or, where none is set, whoever reaches a server that listens on a
 * loopback address, which is this machine's users. Elsewhere a token counts only where nobody on the way can read it.
 *
 * <p>Their browsers must not be used by other sites for that: without a token, the name that the request is addressed to
 * has to be the loopback's (a site's own name may be made to lead here: DNS rebinding); what changes something has to come
 * from our own page, or from no page at all, and a body has to be declared as JSON, which a browser sends to another
 * site only if that agrees; we never do.
 */
final class AdminGuard {
    private static final String SCHEME = "Bearer ";
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> OUR_OWN = Set.of("same-origin", "none");

    private final @Nullable Secret token;
    private final boolean onLoopback;
    private final boolean encrypted;
    /** What the operator calls this server. */
    private final String ownName;

    AdminGuard(HttpSettings settings) {
        token = settings.adminToken();
        onLoopback = settings.isOnLoopback();
        encrypted = settings.tls().isPresent() || settings.tlsTerminatedInFront();
        String host = settings.host().toLowerCase(Locale.ROOT);
        ownName = host.contains(":") ? "[" + host + "]" : host;
    }

    /** @throws ApiException with 401, 403 or 415 where the request is refused */
    void check(HttpRequest request) {
        Secret wanted = token;
        if (!onLoopback && (wanted == null || !encrypted)) {
            throw forbidden(
                    "on other than loopback addresses the admin API needs troupe.http.admin-token, which is "
                            + (wanted == null ? "not set" : "set")
                            + ", and TLS: troupe.http.tls, or troupe.http.tls-terminated-in-front = true where a proxy"
                            + " does it",
                    "admin_disabled");
        }
        if (wanted != null) {
            requireToken(request, wanted);
        } else {
            requireLoopbackName(request);
        }
        if (!request.method().equals(HttpMethods.GET)) {
            requireOwnPage(request);
        }
        if (request.method().equals(HttpMethods.POST)) {
            requireJson(request);
        }
    }

    private static void requireToken(HttpRequest request, Secret wanted) {
        String given = header(request, "Authorization").orElse("");
        boolean isRight = given.startsWith(SCHEME)
                && MessageDigest.isEqual(
                        given.substring(SCHEME.length()).getBytes(StandardCharsets.UTF_8),
                        wanted.value().getBytes(StandardCharsets.UTF_8));
        if (!isRight) {
            throw new ApiException(
                    401,
                    given.isEmpty()
                            ? "the admin API needs the header Authorization: Bearer TOKEN"
                            : "this is not the token of troupe.http.admin-token",
                    "authentication_error",
                    null,
                    "invalid_token");
        }
    }

    private void requireLoopbackName(HttpRequest request) {
        String host = header(request, "Host").orElse("");
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        if (!LOOPBACK_NAMES.contains(name) && !name.equals(ownName)) {
            throw forbidden(
                    "the admin API is asked for as '" + Fields.shortened(host)
                            + "', without troupe.http.admin-token it answers to localhost, 127.0.0.1 and [::1] only",
                    "wrong_host");
        }
    }

    private static void requireOwnPage(HttpRequest request) {
        String origin = header(request, "Origin").orElse(null);
        String host = header(request, "Host").orElse("");
        boolean isOwn = origin == null || origin.equals("http://" + host) || origin.equals("https://" + host);
        String site = header(request, "Sec-Fetch-Site").orElse("none");
        if (!isOwn || !OUR_OWN.contains(site)) {
            throw forbidden(
                    "a page of '" + Fields.shortened(origin == null ? site : origin)
                            + "' may not change this cluster, only its own may",
                    "cross_site");
        }
    }

    private static void requireJson(HttpRequest request) {
        var type = request.entity().getContentType().mediaType();
        if (!type.mainType().equals("application") || !type.subType().equals("json")) {
            throw new ApiException(
                    415,
                    "the Content-Type is " + Fields.shortened(type.toString()) + ", it must be application/json",
                    "invalid_request_error",
                    null,
                    "unsupported_media_type");
        }
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private static Optional<String> header(HttpRequest request, String name) {
        return request.getHeader(name).map(HttpHeader::value);
    }

    private static ApiException forbidden(String message, String code) {
        return new ApiException(403, message, "permission_error", null, code);
    }
}
