package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import troupe.actors.ModelId;

class DeploymentTableTest {
    private static Deployment deployment(String model, int replicas, long number, String origin) {
        return new Deployment(
                new ModelId(model, "sha", "t"),
                model + ".gguf",
                1,
                replicas,
                false,
                0,
                false,
                new Deployment.Version(number, origin));
    }

    @Test
    void shouldKeepTheLaterVersionAndTheLaterOriginOfEqualNumbers() {
        DeploymentTable table = new DeploymentTable();
        assertTrue(table.merge(List.of(deployment("m", 1, 2, "a"))));
        assertFalse(table.merge(List.of(deployment("m", 5, 1, "z"))));
        assertFalse(table.merge(List.of(deployment("m", 1, 2, "a"))));
        assertTrue(table.merge(List.of(deployment("m", 3, 2, "b"))));
        assertEquals(3, table.find("m").orElseThrow().replicas());
        assertEquals(3, table.find("m.gguf").orElseThrow().replicas());
    }

    @Test
    void shouldNotBringBackWhatWasRemoved() {
        DeploymentTable table = new DeploymentTable();
        Deployment first = deployment("m", 1, 1, "a");
        table.merge(List.of(first));
        table.merge(List.of(first.without(table.next("b"))));
        assertFalse(table.merge(List.of(first)));
        assertEquals(Optional.empty(), table.find("m"));
        assertEquals(new Deployment.Version(3, "a"), table.next("a"));
    }

    @Test
    void shouldBecomeEqualInWhicheverOrderChangesArrive() {
        Random random = new Random(3);
        List<Deployment> changes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            changes.add(deployment(
                    "m" + random.nextInt(5), random.nextInt(4), random.nextInt(10), "g" + random.nextInt(3)));
        }
        DeploymentTable one = new DeploymentTable();
        changes.forEach(change -> one.merge(List.of(change)));
        Collections.shuffle(changes, random);
        DeploymentTable other = new DeploymentTable();
        other.merge(changes);
        assertEquals(one.all(), other.all());
    }
}
