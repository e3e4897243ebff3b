package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.conf.Settings;

class ClusterNodeTest {
    private static boolean begins(String settings) {
        return ClusterNode.begins(
                Settings.load(null, "troupe.cluster { " + settings + " }").cluster());
    }

    @Test
    void shouldBeginAClusterWhereItJoinsNobodyOrItselfFirst() {
        assertTrue(begins(""));
        assertTrue(begins("role = worker"));
        assertTrue(begins("port = 2551, join = [\"127.0.0.1:2551\", \"127.0.0.1:2552\"]"));
        assertFalse(begins("port = 2552, join = [\"127.0.0.1:2551\", \"127.0.0.1:2552\"]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"contacts", "dns", "kubernetes"})
    void shouldBeginAClusterThatBootstrapFormsOnGatewaysAlone(String method) {
        String bootstrap = "management.port = 8558, bootstrap { method = " + method
                + ", contacts = [\"127.0.0.1:8558\"], required-contacts = 1 }";
        assertTrue(begins("role = gateway, " + bootstrap));
        assertTrue(begins("role = all, " + bootstrap));
        assertFalse(begins("role = worker, " + bootstrap));
    }
}
