package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import troupe.bench.peer.PeerModel;

class OutcomeTest {
    private static final Figure RATE = new Figure("rate", Figure.Unit.TOKENS_PER_SECOND, Optional.of(new Target(2, 3)));
    private static final Figure DELAY = new Figure("delay", Figure.Unit.MILLISECONDS, Optional.of(new Target(2, 4)));

    @Test
    void shouldMeetARowAtItsRatio() {
        Outcome.Measured measured = measured(RATE, 250, 100, Optional.empty());
        assertEquals(Optional.of(true), measured.met(ProcessorKind.AVX2));
        assertEquals(Optional.of(false), measured.met(ProcessorKind.AMX));
    }

    @Test
    void shouldMeetARowAtThreeQuartersOfItsLimitWhateverThePeerDoes() {
        assertEquals(
                Optional.of(true), measured(RATE, 75, 100, Optional.of(100.0)).met(ProcessorKind.AMX));
        assertEquals(
                Optional.of(false), measured(RATE, 74, 100, Optional.of(100.0)).met(ProcessorKind.AMX));
    }

    @Test
    void shouldTakeTheShorterDelayAsTheBetterOne() {
        Outcome.Measured measured = measured(DELAY, 25, 100, Optional.empty());
        assertEquals(4, measured.timesBetter());
        assertEquals(Optional.of(true), measured.met(ProcessorKind.AMX));
        assertEquals(0.5, measured(DELAY, 200, 100, Optional.empty()).timesBetter());
    }

    @Test
    void shouldCompareWithThePeersBetterSettings() {
        List<Outcome.OfPeer> peers = List.of(
                new Outcome.OfPeer("off", true, of(100)),
                new Outcome.OfPeer("on", true, of(50)),
                new Outcome.OfPeer("another", false, of(200)),
                new Outcome.OfPeer("another's other settings", false, of(10)));
        assertEquals(of(100), with(RATE, peers).reference());
        assertEquals(of(50), with(DELAY, peers).reference());
        assertEquals(Optional.of(of(200)), with(RATE, peers).beside());
        assertEquals(Optional.of(of(10)), with(DELAY, peers).beside());
    }

    @Test
    void shouldMeetNothingWhereNothingIsWanted() {
        Figure shown = new Figure("shown", Figure.Unit.MILLISECONDS, Optional.empty());
        assertEquals(Optional.empty(), measured(shown, 1, 100, Optional.empty()).met(ProcessorKind.AMX));
    }

    private static Outcome.Measured with(Figure figure, List<Outcome.OfPeer> peers) {
        return new Outcome.Measured(row(figure), figure, of(1), peers, Optional.empty(), 0);
    }

    private static Outcome.Measured measured(Figure figure, double ours, double theirs, Optional<Double> limit) {
        return new Outcome.Measured(
                row(figure),
                figure,
                of(ours),
                List.of(new Outcome.OfPeer("peer", true, of(theirs))),
                limit.map(OutcomeTest::of),
                0);
    }

    private static Row row(Figure figure) {
        return new Row("row", PeerModel.GIVEN, new Work.OverHttp(1, 1), List.of(figure));
    }

    private static Measurement of(double value) {
        return new Measurement(List.of(value));
    }
}
