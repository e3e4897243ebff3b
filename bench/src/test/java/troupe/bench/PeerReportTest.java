package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.bench.load.Answer;
import troupe.bench.peer.PeerModel;

class PeerReportTest {
    private static final List<Row> ROWS = Rows.all(false);
    private static final Sanity SANE = Sanity.of(
            PeerModel.GIVEN,
            new Answer(" Paris. It lies on the Seine.", 5, Sanity.TOKENS),
            new Answer(" Paris. It lies on the river Seine.", 5, Sanity.TOKENS));

    @Test
    void shouldShowTheRowWithTheBetterPeerItsTargetAndItsLimit() {
        String text = report(List.of(measured()), List.of(SANE)).markdown();
        assertTrue(
                text.contains("| decode, 1 stream, tokens/s | 400 (390 to 410) | 200 (195 to 205) | 2.00 | 1.70"
                        + " | 500 (500 to 500) | 80% (85%) | yes |"),
                text);
        assertTrue(text.contains("| 100 (100 to 100) | **200 (195 to 205)** |"), text);
        assertTrue(text.contains("\"Paris. It lies on the river Seine.\""), text);
    }

    @Test
    void shouldShowAnotherPeerBesideWithoutCountingIt() {
        Outcome.OfPeer faster = new Outcome.OfPeer("another", false, new Measurement(List.of(500.0, 500.0, 500.0)));
        String text = report(
                        List.of(measured(List.of(faster)), new Outcome.Failed(ROWS.get(1), "broken")), List.of(SANE))
                .markdown();
        assertTrue(text.contains("| met | ik_llama.cpp | times |\n"), text);
        assertTrue(
                text.contains("| 200 (195 to 205) | 2.00 | 1.70 | 500 (500 to 500) | 80% (85%) | yes"
                        + " | 500 (500 to 500) | 0.80 |\n"),
                text);
        assertTrue(text.contains("| not measured: broken | | | | | | no | | |\n"), text);
        assertTrue(text.contains("| 100 (100 to 100) | **200 (195 to 205)** | 500 (500 to 500) |"), text);
    }

    @Test
    void shouldReportARowThatCouldNotBeMeasured() {
        PeerReport report = report(
                List.of(measured(), new Outcome.Failed(ROWS.get(1), "type Q6_K\nis | not supported")), List.of(SANE));
        assertTrue(
                report.markdown().contains("not measured: type Q6_K is / not supported | | | | | | no |"),
                report.markdown());
        assertFalse(report.complete());
    }

    @Test
    void shouldBeCompleteOnlyWhereBothSidesMadeSense() {
        assertTrue(report(List.of(measured()), List.of(SANE)).complete());
        assertFalse(report(List.of(measured()), List.of()).complete());
        Sanity odd = Sanity.of(PeerModel.GIVEN, new Answer("a", 5, Sanity.TOKENS), new Answer("b", 5, Sanity.TOKENS));
        PeerReport report = report(List.of(measured()), List.of(SANE, odd));
        assertFalse(report.complete());
        assertTrue(report.markdown().contains("**the answers do not begin alike**"), report.markdown());
    }

    @Test
    void shouldWriteTableAndChart(@TempDir Path folder) throws IOException {
        report(List.of(measured()), List.of(SANE)).write(folder);
        assertTrue(Files.size(folder.resolve("peers-amx.md")) > 0);
        byte[] picture = Files.readAllBytes(folder.resolve("peers-amx.png"));
        assertEquals((byte) 'P', picture[1]);
    }

    private static Outcome measured() {
        return measured(List.of());
    }

    private static Outcome measured(List<Outcome.OfPeer> others) {
        Row row = ROWS.getFirst();
        List<Outcome.OfPeer> peers = new ArrayList<>(List.of(
                new Outcome.OfPeer("slow settings", true, new Measurement(List.of(100.0, 100.0, 100.0))),
                new Outcome.OfPeer("fast settings", true, new Measurement(List.of(195.0, 200.0, 205.0)))));
        peers.addAll(others);
        return new Outcome.Measured(
                row,
                row.figures().getFirst(),
                new Measurement(List.of(390.0, 400.0, 410.0)),
                peers,
                Optional.of(new Measurement(List.of(500.0, 500.0, 500.0))),
                0);
    }

    private static PeerReport report(List<Outcome> outcomes, List<Sanity> sanities) {
        return new PeerReport(
                new PeerReport.Run(
                        LocalDate.EPOCH, "model.gguf", "scalar", 2, 3, false, "a machine", ProcessorKind.AMX),
                outcomes,
                sanities);
    }
}
