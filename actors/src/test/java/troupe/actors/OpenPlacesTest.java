package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import troupe.engine.Tenant;

class OpenPlacesTest {
    private static final Tenant A = new Tenant("a", 1);
    private static final Tenant B = new Tenant("b", 1);
    private static final Tenant C = new Tenant("c", 1);

    @Test
    void shouldGiveAllPlacesToRequestsWithoutATenantAndNoMore() {
        OpenPlaces places = new OpenPlaces(10, 0.5);
        assertEquals(10, flood(places, Tenant.NONE));
        OpenPlaces.Refusal refusal = places.take(Tenant.NONE).orElseThrow();
        assertEquals(FailureKind.OVERLOADED, refusal.kind());
        assertEquals("10 requests are open, the most that are allowed", refusal.message());
        places.free(Tenant.NONE);
        assertTrue(places.take(Tenant.NONE).isEmpty());
    }

    @Test
    void shouldLeavePlacesForOthersHoweverManyFlood() {
        OpenPlaces places = new OpenPlaces(100, 0.8);
        assertEquals(80, flood(places, A));
        OpenPlaces.Refusal refusal = places.take(A).orElseThrow();
        assertEquals(FailureKind.TENANT_LIMIT, refusal.kind());
        assertTrue(refusal.message().contains("'a'") && refusal.message().contains("80"), refusal.message());
        // Of the 20 that are left.
        assertEquals(16, flood(places, B));
        assertEquals(3, flood(places, C));
        assertTrue(places.take(new Tenant("late", 1)).isEmpty());
        assertEquals(100, places.taken());
    }

    @Test
    void shouldGiveAFloodNothingBackOfWhatOthersHaveTaken() {
        OpenPlaces places = new OpenPlaces(100, 0.8);
        flood(places, A);
        flood(places, B);
        places.free(A);
        // With 16 of the other tenant's it may have 67, and has 79.
        assertEquals(FailureKind.TENANT_LIMIT, places.take(A).orElseThrow().kind());
        for (int i = 0; i < 12; i++) {
            places.free(A);
        }
        assertEquals(0, flood(places, A));
        places.free(A);
        assertEquals(1, flood(places, A));
    }

    @Test
    void shouldGiveEveryTenantOneWhereThereIsAny() {
        OpenPlaces places = new OpenPlaces(1, 0.5);
        assertEquals(1, flood(places, A));
        places.free(A);
        assertEquals(1, flood(places, B));
    }

    private static int flood(OpenPlaces places, Tenant tenant) {
        int taken = 0;
        while (places.take(tenant).isEmpty()) {
            taken++;
        }
        return taken;
    }
}
