package troupe.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.headers.RawHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.conf.Settings;

class AdminGuardTest {
    private static final String TOKEN = "correct-horse-battery";

    private final AdminGuard onLoopback = guard("");
    private final AdminGuard withToken =
            guard("troupe.http { host = 0.0.0.0, admin-token = " + TOKEN + ", tls { certificate = a, key = b } }");

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:8000", "localhost", "LOCALHOST:8000", "[::1]:8000"})
    void shouldAnswerThisMachineUnderTheLoopbacksNames(String host) {
        assertDoesNotThrow(() -> onLoopback.check(get(host)));
        assertDoesNotThrow(() -> onLoopback.check(post(host)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example:8000", "[::2]:80", ""})
    void shouldRefuseAnotherNameThatLeadsHere(String host) {
        assertRefused(403, "wrong_host", onLoopback, get(host));
    }

    @Test
    void shouldAnswerUnderTheNameThatItListensOn() {
        assertDoesNotThrow(() -> guard("troupe.http.host = 127.0.0.5").check(get("127.0.0.5:8000")));
        assertDoesNotThrow(() -> guard("troupe.http.host = \"::1\"").check(get("[::1]:8000")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "\"::\""})
    void shouldRefuseEveryoneWhereItIsOpenToOthersAndHasNoToken(String host) {
        assertRefused(403, "admin_disabled", guard("troupe.http.host = " + host), get("localhost"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.1"})
    void shouldRefuseATokenThatOthersCanReadOnItsWay(String host) {
        String open = "troupe.http { host = \"" + host + "\", admin-token = " + TOKEN;
        HttpRequest request = get("any.example").addHeader(RawHeader.create("Authorization", "Bearer " + TOKEN));
        assertRefused(403, "admin_disabled", guard(open + " }"), request);
        assertDoesNotThrow(
                () -> guard(open + ", tls-terminated-in-front = true }").check(request));
        assertDoesNotThrow(
                () -> guard(open + ", tls { certificate = a, key = b } }").check(request));
    }

    @ParameterizedTest
    @CsvSource({
        "Origin, http://evil.example",
        "Origin, null",
        "Origin, http://localhost:9000",
        "Origin, file://",
        "Sec-Fetch-Site, cross-site",
        "Sec-Fetch-Site, same-site"
    })
    void shouldRefuseAChangeThatAnotherSitesPageAsksFor(String header, String value) {
        HttpRequest change = post("localhost:8000").addHeader(RawHeader.create(header, value));
        assertRefused(403, "cross_site", onLoopback, change);
        assertRefused(
                403, "cross_site", withToken, change.addHeader(RawHeader.create("Authorization", "Bearer " + TOKEN)));
        HttpRequest removal = HttpRequest.DELETE("/admin/deployments/m")
                .addHeader(RawHeader.create("Host", "localhost:8000"))
                .addHeader(RawHeader.create(header, value));
        assertRefused(403, "cross_site", onLoopback, removal);
    }

    @Test
    void shouldTakeAChangeFromItsOwnPage() {
        assertDoesNotThrow(() -> onLoopback.check(post("localhost:8000")
                .addHeader(RawHeader.create("Origin", "http://localhost:8000"))
                .addHeader(RawHeader.create("Sec-Fetch-Site", "same-origin"))));
    }

    @Test
    void shouldRefuseABodyThatABrowserWouldSendToAnySite() {
        HttpRequest form =
                post("localhost").withEntity(ContentTypes.TEXT_PLAIN_UTF8, "{\"replicas\":1}".getBytes(UTF_8));
        assertRefused(415, "unsupported_media_type", onLoopback, form);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer ",
                "Bearer correct-horse-batterz",
                "Bearer correct-horse-battery ",
                "Basic correct-horse-battery",
                "correct-horse-battery"
            })
    void shouldRefuseWithoutTheToken(String given) {
        HttpRequest request = get("any.example");
        assertRefused(
                401,
                "invalid_token",
                withToken,
                given.isEmpty() ? request : request.addHeader(RawHeader.create("Authorization", given)));
    }

    @Test
    void shouldAnswerAnyoneWithTheTokenUnderAnyName() {
        assertDoesNotThrow(() ->
                withToken.check(get("any.example").addHeader(RawHeader.create("Authorization", "Bearer " + TOKEN))));
    }

    @Test
    void shouldAskForATokenThatIsSetOnLoopbackToo() {
        assertRefused(401, "invalid_token", guard("troupe.http.admin-token = " + TOKEN), get("localhost"));
    }

    private static AdminGuard guard(String overrides) {
        return new AdminGuard(Settings.load(null, overrides).http());
    }

    private static HttpRequest get(String host) {
        return HttpRequest.GET("/admin/cluster").addHeader(RawHeader.create("Host", host));
    }

    private static HttpRequest post(String host) {
        return HttpRequest.POST("/admin/deployments/m/scale")
                .addHeader(RawHeader.create("Host", host))
                .withEntity(ContentTypes.APPLICATION_JSON, "{\"replicas\":1}".getBytes(UTF_8));
    }

    private static void assertRefused(int status, String code, AdminGuard guard, HttpRequest request) {
        ApiException refusal = assertThrows(ApiException.class, () -> guard.check(request));
        assertEquals(status, refusal.status(), refusal.text());
        assertEquals(code, refusal.code());
    }
}
