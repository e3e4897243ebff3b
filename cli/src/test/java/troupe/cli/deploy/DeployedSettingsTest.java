package troupe.cli.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.conf.BootstrapMethod;
import troupe.conf.Settings;

/** The settings of {@code deploy/kubernetes} are settings, and agree with the manifests beside them. */
class DeployedSettingsTest {
    private static Settings settings() {
        String file = ConfigFactory.parseString("POD_IP = 10.1.2.3")
                .withFallback(ConfigFactory.parseFile(
                        Manifests.FOLDER.resolve("troupe.conf").toFile()))
                .resolve(ConfigResolveOptions.noSystem())
                .withoutPath("POD_IP")
                .root()
                .render(ConfigRenderOptions.concise());
        return Settings.load(null, file);
    }

    @Test
    void shouldBeReachedAtThePodsAddressWithTls() {
        Settings settings = settings();
        assertEquals("10.1.2.3", settings.cluster().host());
        assertEquals("10.1.2.3", settings.cluster().management().host());
        assertEquals(BootstrapMethod.KUBERNETES, settings.cluster().bootstrap().method());
        assertTrue(settings.cluster().tls().isPresent());
    }

    @Test
    void shouldAgreeWithTheManifests() throws IOException {
        Settings settings = settings();
        int sets = 0;
        for (JsonNode object : Manifests.objects()) {
            if (!object.path("kind").asText().equals("StatefulSet")) {
                continue;
            }
            sets++;
            JsonNode pod = object.at("/spec/template/spec");
            assertTrue(pod.path("terminationGracePeriodSeconds").asLong()
                    > settings.http().drainLimit().toSeconds() + 30);
            assertEquals(settings.cluster().port(), port(pod, "remoting"));
            assertEquals(settings.cluster().management().port(), port(pod, "management"));
            if (object.at("/metadata/labels/app.kubernetes.io~1component")
                    .asText()
                    .equals("gateway")) {
                assertEquals(settings.http().port(), port(pod, "http"));
                settings.http().requireKeysOffLoopback();
                Path keys = settings.http().keysFile().orElseThrow();
                assertTrue(mountPaths(pod).contains(String.valueOf(keys.getParent())), keys::toString);
                assertEquals(settings.cluster().controlPort(), port(pod, "control"));
                int replicas = object.at("/spec/replicas").asInt();
                assertTrue(settings.cluster().bootstrap().requiredContacts() > replicas / 2);
            }
        }
        assertEquals(2, sets);
    }

    private static List<String> mountPaths(JsonNode pod) {
        List<String> paths = new ArrayList<>();
        pod.at("/containers/0/volumeMounts")
                .forEach(mount -> paths.add(mount.path("mountPath").asText()));
        return paths;
    }

    private static int port(JsonNode pod, String name) {
        for (JsonNode port : pod.at("/containers/0/ports")) {
            if (port.path("name").asText().equals(name)) {
                return port.path("containerPort").asInt();
            }
        }
        throw new AssertionError("no port " + name);
    }
}
