package troupe.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir
    Path folder;

    @Test
    void shouldServeOnLoopbackByDefault() {
        Settings settings = Settings.load(null);
        assertEquals("127.0.0.1", settings.http().host());
        assertEquals(8000, settings.http().port());
    }

    @Test
    void shouldLetOverridesWinOverTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("a.conf"), "troupe.http { port = 9000, host = \"::1\" }");
        Settings settings = Settings.load(file, "troupe.http.port = 9001");
        assertEquals(9001, settings.http().port());
        assertEquals("::1", settings.http().host());
    }

    @Test
    void shouldNameTheKeyTheValueAndTheLimitWhenOutOfRange() {
        SettingsException e =
                assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http.port = 70000"));
        assertEquals("troupe.http.port is 70000, allowed are 0 to 65535", e.getMessage());
    }

    @Test
    void shouldRefuseAnUnknownKeyAndListTheKnownOnes() {
        SettingsException e = assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http.prot = 80"));
        assertEquals(
                "unknown setting troupe.http.prot; known here are admin-token, allow-unauthenticated,"
                        + " api-key, drain-limit, host, keys-file, loading-wait, max-open-requests, max-request-bytes,"
                        + " max-unread-events, memory, port, priority-ageing, tenant-share, tls, tls-terminated-in-front",
                e.getMessage());
    }

    @Test
    void shouldKeepTheGraceOfResumableRequestsWithinTheLongestOne() {
        SettingsException e = assertThrows(
                SettingsException.class,
                () -> Settings.load(null, "troupe.sequence { resume-grace = 2 minutes, max-resume-grace = 1 minute }"));
        assertEquals("troupe.sequence.resume-grace is PT2M, allowed are PT1S to PT1M", e.getMessage());
        assertTrue(Settings.load(null).sequence().resume().replicate());
    }

    @Test
    void shouldRefuseAValueInThePlaceOfASection() {
        SettingsException e = assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http = 5"));
        assertEquals("troupe.http is 5, a section { ... } of settings is required", e.getMessage());
    }

    @Test
    void shouldRefuseAWeakAdminTokenWithoutShowingIt() {
        SettingsException e =
                assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.http.admin-token = swordfish"));
        assertEquals(
                "troupe.http.admin-token has 9 characters, at least 16 are required, all of them printable ASCII and no"
                        + " spaces",
                e.getMessage());
        assertThrows(
                SettingsException.class,
                () -> Settings.load(null, "troupe.http.admin-token = \"sixteen or so chars\""));
    }

    @Test
    void shouldNotPrintTheAdminToken() {
        HttpSettings settings = Settings.load(null, "troupe.http.admin-token = correct-horse-battery")
                .http();
        assertEquals(new Secret("correct-horse-battery"), settings.adminToken());
        assertFalse(settings.toString().contains("correct"), settings.toString());
        assertNull(Settings.load(null).http().adminToken());
    }

    @Test
    void shouldTakeOnlyAnHttpAddressForTelemetry() {
        assertNull(Settings.load(null).telemetry().endpoint());
        assertEquals(
                URI.create("http://127.0.0.1:4318"),
                Settings.load(null, "troupe.telemetry.endpoint = \"http://127.0.0.1:4318\"")
                        .telemetry()
                        .endpoint());
        for (String wrong : List.of("localhost:4318", "ftp://a/", "http:///x", "http://a b")) {
            SettingsException e = assertThrows(
                    SettingsException.class,
                    () -> Settings.load(null, "troupe.telemetry.endpoint = \"" + wrong + "\""));
            assertTrue(
                    String.valueOf(e.getMessage()).startsWith("troupe.telemetry.endpoint is '" + wrong), e::toString);
        }
    }

    @Test
    void shouldBeAClusterOfOneByDefault() {
        ClusterSettings cluster = Settings.load(null).cluster();
        assertEquals(NodeRole.ALL, cluster.role());
        assertEquals("127.0.0.1", cluster.host());
        assertEquals(List.of(), cluster.join());
    }

    @Test
    void shouldReadTheNodesToJoin() {
        ClusterSettings cluster = Settings.load(
                        null, "troupe.cluster { role = worker, join = [\"10.0.0.1:2551\", \"[::1]:2552\"] }")
                .cluster();
        assertEquals(NodeRole.WORKER, cluster.role());
        assertEquals(List.of(new NodeAddress("10.0.0.1", 2551), new NodeAddress("::1", 2552)), cluster.join());
        assertEquals("[::1]:2552", cluster.join().getLast().toString());
    }

    @Test
    void shouldRefuseWhatIsNoNode() {
        for (String wrong : List.of("10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "a b:1", "::1:2551", "")) {
            SettingsException e = assertThrows(
                    SettingsException.class, () -> Settings.load(null, "troupe.cluster.join = [\"" + wrong + "\"]"));
            assertEquals(
                    "troupe.cluster.join is '" + wrong + "', allowed is HOST:PORT, PORT from 1 to 65535",
                    e.getMessage());
        }
    }

    @Test
    void shouldRefuseAnUnknownRoleAndALimitBelowTheHeartbeat() {
        assertEquals(
                "troupe.cluster.role is 'boss', allowed are all, gateway, worker",
                assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.cluster.role = boss"))
                        .getMessage());
        assertEquals(
                "troupe.cluster.heartbeat-limit is 'PT0.35S', allowed is at least twice the heartbeat-interval, PT0.2S",
                assertThrows(
                                SettingsException.class,
                                () -> Settings.load(null, "troupe.cluster.heartbeat-limit = 350 ms"))
                        .getMessage());
    }

    @Test
    void shouldRouteByPrefixByDefault() {
        RoutingSettings routing = Settings.load(null).routing();
        assertEquals(RoutingPolicy.PREFIX, routing.policy());
        assertEquals(0.3, routing.windowShare());
    }

    @Test
    void shouldKnowThePoliciesOfRoutingByName() {
        for (RoutingPolicy policy : RoutingPolicy.values()) {
            Settings settings = Settings.load(null, "troupe.routing.policy = " + policy.settingName());
            assertEquals(policy, settings.routing().policy());
        }
        assertEquals(
                "troupe.routing.policy is 'best', allowed are prefix, least-loaded, round-robin, consistent-hash",
                assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.routing.policy = best"))
                        .getMessage());
    }

    @Test
    void shouldRefuseAWindowThatIsNoShare() {
        assertEquals(
                "troupe.routing.window-share is -0.5, allowed are 0.0 to 10.0",
                assertThrows(SettingsException.class, () -> Settings.load(null, "troupe.routing.window-share = -0.5"))
                        .getMessage());
    }

    @Test
    void shouldRefuseAFileThatCannotBeRead() {
        assertThrows(SettingsException.class, () -> Settings.load(folder.resolve("absent.conf")));
        assertThrows(SettingsException.class, () -> Settings.load(folder));
    }
}
