package troupe.cli.supervisor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ControlProtocolTest {
    @Test
    void shouldReadWhatItWrites() {
        for (int status : new int[] {-1, 0, 3, 139}) {
            ControlProtocol.Died died = new ControlProtocol.Died("10.0.0.1:2551", 4_711, status);
            assertEquals(Optional.of(died), ControlProtocol.Died.parse(died.toLine()));
        }
    }

    @Test
    void shouldTakeNothingElseForADeath() {
        for (String line : List.of(
                "died",
                "died a:1",
                "died a:1 7",
                "died a:1 x 9",
                "died a:1 7 9 9",
                "died a b:1 7 9",
                "drain",
                "died a:1 99999999999999999999 9")) {
            assertEquals(Optional.empty(), ControlProtocol.Died.parse(line), line);
        }
    }
}
